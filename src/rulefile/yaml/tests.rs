//! Where the values of a YAML text stand, and what is said of broken ones.

use super::super::diagnostic::{Diagnostics, SourceFile};
use super::*;

fn read(text: &str) -> (Option<Node>, String) {
    let file = SourceFile::new("a.yaml", text);
    let mut found = Diagnostics::default();
    let node = parse(&mut found.report(&file));
    (node, found.to_string())
}

/// Each scalar and key of a tree with the source it stands in.
fn places(node: &Node, source: &str, out: &mut Vec<(String, String)>) {
    match &node.value {
        Value::Scalar(scalar) => out.push((scalar.text.clone(), source[node.span.clone()].to_owned())),
        Value::Seq(items) => items.iter().for_each(|item| places(item, source, out)),
        Value::Map(entries) => {
            for (key, item) in entries {
                out.push((key.text.clone(), source[key.span.clone()].to_owned()));
                places(item, source, out);
            }
        }
    }
}

fn check(text: &str, expected: &[(&str, &str)]) {
    let (node, errors) = read(text);
    assert_eq!(errors, "", "{text}");
    let mut found = vec![];
    places(&node.unwrap(), text, &mut found);
    let expected: Vec<(String, String)> =
        expected.iter().map(|(value, source)| ((*value).into(), (*source).into())).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn words_keep_their_looks() {
    check(
        "words: [no, on, 007, yes, ~, 1e3]\n",
        &[
            ("words", "words"),
            ("no", "no"),
            ("on", "on"),
            ("007", "007"),
            ("yes", "yes"),
            ("~", "~"),
            ("1e3", "1e3"),
        ],
    );
}

#[test]
fn places_are_bytes_of_the_source() {
    check(
        "é: \"ü\\n\" # ø\nk: 'it''s'\n",
        &[("é", "é"), ("ü\n", "\"ü\\n\""), ("k", "k"), ("it's", "'it''s'")],
    );
    check("\u{feff}a: ß x \nb: c", &[("a", "a"), ("ß x", "ß x"), ("b", "b"), ("c", "c")]);
    check("a: b\r\nc: d\r\n", &[("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")]);
    check(
        "w: |\n  one\n  two\nx: y\n",
        &[("w", "w"), ("one\ntwo\n", "one\n  two\n"), ("x", "x"), ("y", "y")],
    );
    check("a:\nb: c\n", &[("a", "a"), ("", ""), ("b", "b"), ("c", "c")]);
}

#[test]
fn a_block_ends_with_its_last_value() {
    let text = "a:\n  - b\n  - c: d\n\n# after\ne: [f,\n g ]\n";
    let (node, _) = read(text);
    let node = node.unwrap();
    assert_eq!(&text[node.get("a").unwrap().span.clone()], "- b\n  - c: d");
    assert_eq!(&text[node.get("e").unwrap().span.clone()], "[f,\n g ]");
}

#[test]
fn mistakes_are_told_at_their_place() {
    for (text, expected) in [
        (
            "a: 1\na: 2\n\"a\": 3\n",
            "a.yaml:2:1: error: the key `a` is given twice\na.yaml:3:1: error: the key `a` is given twice\n",
        ),
        ("x: !!str 1\n", "tags are not read"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: error: a second document"),
        ("a: [1, 2\n", "broken YAML"),
        ("a: *b\n", "broken YAML"),
        ("a: &a [*a]\n", "an alias inside of what it stands for"),
        ("? [a]\n: b\n", "a key must be a single word"),
    ] {
        let (_, errors) = read(text);
        assert!(errors.contains(expected), "{text}: {errors}");
    }
    assert!(read(&"[".repeat(65)).1.contains("more than 64 deep"));
    assert!(!read(&format!("{}{}", "[".repeat(64), "]".repeat(64))).1.contains("deep"));
}

#[test]
fn a_part_of_a_text_is_found_in_the_source() {
    for (source, word) in [
        ("a: size(x) > one", "one"),
        ("a: 'size(''x'') > one'", "one"),
        ("a: \"say \\\"x\\\" > one\"", "one"),
        ("a: >\n    x y &&\n    b > one\n", "one"),
        ("a: |\n  x y &&\n    b > one\n", "one"),
        ("a: \"'q' é one\"", "one"),
    ] {
        let (node, _) = read(source);
        let node = node.unwrap();
        let value = node.get("a").unwrap();
        let text = &value.scalar().unwrap().text;
        let at = locate(source, &value.span, text, text.find(word).unwrap());
        assert!(source[at..].starts_with(word), "{source}: {}", &source[at..]);
    }
}

#[test]
fn aliases_have_a_budget() {
    let (node, errors) = read("a: &x [1, 2]\nb: *x\n");
    let node = node.unwrap();
    assert_eq!((node.get("a"), errors.as_str()), (node.get("b"), ""));
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..9 {
        let alias = format!("*a{}", n - 1);
        let _ = std::fmt::Write::write_fmt(
            &mut bomb,
            format_args!("a{n}: &a{n} [{}]\n", vec![alias; 10].join(", ")),
        );
    }
    assert!(read(&bomb).1.contains("aliases add more than 100000 values"));
}

proptest::proptest! {
    #[test]
    fn a_place_in_a_text_lies_in_its_span(text in "[a-c'\"\\\\ \n\u{e9}\u{1f600}]{0,20}", at in 0usize..30) {
        let source = format!("k: {}\nl: m\n", serde_json::to_string(&text).unwrap());
        let (node, errors) = read(&source);
        proptest::prop_assert_eq!(errors, "");
        let node = node.unwrap();
        let value = node.get("k").unwrap();
        proptest::prop_assert_eq!(&value.scalar().unwrap().text, &text);
        let place = locate(&source, &value.span, &text, at);
        proptest::prop_assert!(value.span.start <= place && place <= value.span.end);
        proptest::prop_assert!(source.is_char_boundary(place));
    }

    #[test]
    fn any_text_ends_in_a_tree_or_a_diagnostic(text in "[a-c:\\-\\[\\]{},&*!|>'\"#?% \n\u{e9}\u{1f600}]{0,60}") {
        let (node, errors) = read(&text);
        proptest::prop_assert!(node.is_some() || !errors.is_empty());
        if let Some(node) = node {
            let mut all = vec![];
            places(&node, &text, &mut all);
        }
    }
}
