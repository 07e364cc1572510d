//! The records' macros, tried on a record that is nobody's.

use std::time::Duration;

use super::*;
use crate::rulefile::diagnostic::{Diagnostics, SourceFile};
use crate::rulefile::yaml;

choice! {
    /// How it is served.
    enum Manner {
        /// As it is.
        Plain = "plain",
        /// With all one can think of.
        Fancy = "fancy",
    }
}

record! {
    /// A dish.
    struct Dish, law = not_both {
        /// What it is called.
        name: Spanned<String>,
        /// What goes in.
        parts: OneOrMany<String> = OneOrMany(vec![]),
        /// How.
        manner: Manner = Manner::Plain,
        /// How long.
        time: Option<Duration>,
        /// How big.
        size: Option<Bytes>,
        /// Its kind.
        kind("type"): Option<i64>,
        /// Whether it is hot.
        hot: bool = false,
        /// What comes with it.
        sides: Vec<Dish> = vec![],
    }
}

fn not_both(node: &Node, report: &mut Report<'_>) {
    if node.get("time").is_some()
        && let Some(size) = node.get("size")
    {
        report.error(size.span.clone(), "`time` and `size` do not go together");
    }
}

fn read(text: &str) -> (Option<Dish>, String) {
    let file = SourceFile::new("d", text);
    let mut found = Diagnostics::default();
    let mut report = found.report(&file);
    let dish = yaml::parse(&mut report).and_then(|node| Dish::read(&node, &mut report));
    (dish, found.to_string())
}

#[test]
fn a_record_reads_what_it_declares() {
    let (dish, errors) =
        read("name: no\nparts: 007\nmanner: fancy\ntime: 90s\ntype: -3\nhot: true\nsides: [{name: x}]\n");
    assert_eq!(errors, "");
    let dish = dish.unwrap();
    assert_eq!(dish.name, Spanned { value: "no".into(), range: 6..8 });
    assert_eq!(dish.parts.0, ["007"]);
    assert_eq!(dish.manner.name(), "fancy");
    assert_eq!((dish.manner, dish.kind, dish.hot), (Manner::Fancy, Some(-3), true));
    assert_eq!((dish.time, dish.size), (Some(Duration::from_secs(90)), None));
    assert_eq!(dish.sides[0].name.value, "x");
}

#[test]
fn every_mistake_is_told() {
    let (dish, errors) = read(
        "nmae: x\nmanner: facny\ntime: 10\nsize: 1KB\ntype: '3'\nhot: yes\nparts: [a, ~, {b: c}]\nsides: {}\n",
    );
    assert_eq!(dish, None);
    let expected = [
        "d:1:1: error: the key `name` is missing",
        "d:1:1: error: unknown key `nmae`; did you mean `name`?",
        "d:2:9: error: `facny` is none of `plain`, `fancy`; did you mean `fancy`?",
        "d:3:7: error: expected a duration such as `500ms`, `10s`, `5m`, `24h` or `7d`, found `10`",
        "d:4:7: error: `time` and `size` do not go together",
        "d:4:7: error: expected a size such as `512B`, `256KiB` or `1MiB`, found `1KB`",
        "d:5:7: error: expected a whole number, found the text `3`",
        "d:6:6: error: expected `true` or `false`, found `yes`",
        "d:7:12: error: expected text, found nothing",
        "d:7:15: error: expected text, found a mapping",
        "d:8:8: error: expected a list, found a mapping",
    ];
    let mut found: Vec<&str> = errors.lines().collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn the_schema_says_what_is_read() {
    let schema = file_schema::<Dish>("Dish");
    assert_eq!(schema["$ref"], "#/$defs/Dish");
    let dish = &schema["$defs"]["Dish"];
    assert_eq!(dish["required"], json!(["name"]));
    assert_eq!(dish["additionalProperties"], json!(false));
    assert_eq!(dish["description"], "A dish.");
    assert_eq!(dish["properties"]["type"], json!({"type": "integer", "description": "Its kind."}));
    assert_eq!(dish["properties"]["sides"]["items"], json!({"$ref": "#/$defs/Dish"}));
    assert_eq!(dish["properties"]["manner"]["oneOf"][1]["const"], "fancy");
}

#[test]
fn json_keeps_words_and_places() {
    let text = "{a: [1, 1.5e3, 007, no, true, ~, 'true'], b: {c: =x}}";
    let file = SourceFile::new("j", text);
    let mut found = Diagnostics::default();
    let node = yaml::parse(&mut found.report(&file)).unwrap();
    let json = Json::from_node(&node).value;
    assert_eq!(json.value(), json!({"a": [1, 1.5e3, "007", "no", true, null, "true"], "b": {"c": "=x"}}));
    let Json::Object(entries) = json else { panic!("an object") };
    let Json::Object(inner) = &entries[1].1.value else { panic!("an object") };
    assert_eq!(&text[inner[0].1.range.clone()], "=x");
}

#[test]
fn the_nearest_name_is_near() {
    let known = ["words", "anywhere", "regex"];
    for (name, right) in
        [("wrods", Some("words")), ("Regex", Some("regex")), ("any_where", Some("anywhere")), ("zebra", None)]
    {
        assert_eq!(nearest(name, known), right, "{name}");
    }
}
