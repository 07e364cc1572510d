//! What editors get: the schemas in `schema/`, and the line in each shipped file that names its own.

use std::fs;
use std::path::{Path, PathBuf};

use premod::rulefile::record::Json;
use premod::rulefile::{Diagnostics, SourceFile, yaml};
use serde_json::Value;

use crate::command::{Place, project};
use crate::house::none_is_wrong;

const LINE: &str = "# yaml-language-server: $schema=";

/// The files that a user begins with, each with the schema that is its own.
fn shipped() -> Vec<(PathBuf, &'static str)> {
    let rules =
        fs::read_dir(project("rules")).expect("the rules").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<(PathBuf, &str)> = rules
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let schema = if path.ends_with("policy.yaml") { "policy" } else { "rules" };
            (path, schema)
        })
        .collect();
    files.push((project("premod.example.yaml"), "config"));
    assert!(files.len() > 10);
    files
}

fn schema(name: &str) -> Value {
    let text = fs::read_to_string(project(&format!("schema/{name}.json"))).expect("a schema");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_schemas_are_what_the_program_prints() {
    let wrong: Vec<String> = ["rules", "policy", "config", "decision"]
        .into_iter()
        .filter(|name| Place::new().premod(&["schema", name]).expect(0).json() != schema(name))
        .map(|name| format!("schema/{name}.json: write it anew: premod schema {name} > schema/{name}.json"))
        .collect();
    none_is_wrong(&wrong);
}

#[test]
fn every_shipped_file_names_its_schema_and_fits_it() {
    let mut wrong = vec![];
    for (path, name) in shipped() {
        let text = fs::read_to_string(&path).expect("a file");
        let named = text.lines().next().and_then(|line| line.strip_prefix(LINE)).unwrap_or_default();
        let target = path.parent().unwrap_or(Path::new("")).join(named);
        let own = fs::canonicalize(project(&format!("schema/{name}.json"))).expect("a schema");
        if fs::canonicalize(&target).ok() != Some(own) {
            wrong.push(format!("{}: its first line does not name schema/{name}.json", path.display()));
        }
        let mut found = Diagnostics::default();
        let node = yaml::parse(&mut found.report(&SourceFile::new("x", text))).expect("YAML");
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource("https://example.com/s.json", schema(name)).expect("a schema");
        let root = compiler.compile("https://example.com/s.json", &mut schemas).expect("a schema");
        if let Err(error) = schemas.validate(&Json::from_node(&node).value.value(), root) {
            wrong.push(format!("{}: {error}", path.display()));
        }
    }
    none_is_wrong(&wrong);
}
