//! The rules of the house for what comes from outside: where each crate is at home, which licences
//! may be used, and what may come in two versions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::command::{project, run};
use crate::house::{files, named, none_is_wrong, table};

/// Crates that come in two major versions, and why.
const TWICE: [(&str, &str); 5] = [
    ("base64", "the older one is of boon, by which tests validate against JSON Schema"),
    ("bitflags", "the older one is of rustrict, which a benchmark compares with"),
    ("getrandom", "the older one is of boon, by which tests validate against JSON Schema"),
    ("itertools", "the older one is of rustrict, which a benchmark compares with"),
    ("syn", "derive macros are on their way from 2 to 3; nothing of it is in the program"),
];

/// The crates of Cargo.toml below a heading, as code names them.
fn dependencies(heading: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(project("Cargo.toml")).expect("a manifest");
    let section = manifest.split(&format!("\n[{heading}]\n")).nth(1).expect("a section");
    let section = section.split("\n[").next().unwrap_or_default();
    section
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().replace('-', "_"))
        .collect()
}

/// Whether a file lies in one of these places below `src`: `engine/`, `engine/scan.rs`, `*`.
fn is_at_home(path: &str, homes: &[String]) -> bool {
    let path = path.trim_start_matches("src/");
    homes
        .iter()
        .any(|home| home == "*" || home == path || home.ends_with('/') && path.starts_with(home.as_str()))
}

#[test]
fn each_outside_crate_is_at_home_somewhere() {
    let homes: BTreeMap<String, Vec<String>> =
        table("crate", "home").into_iter().map(|(name, homes)| (name.replace('-', "_"), homes)).collect();
    let dependencies = dependencies("dependencies");
    let mut unused = dependencies.clone();
    let mut wrong = vec![];
    for file in files(&["src"]).iter().filter(|file| !file.is_test()) {
        let code = file.code();
        for name in &dependencies {
            // a module of that name is called without a leading `crate::` too
            let is_used = code.contains(&format!("use {name}::"))
                || !code.contains(&format!("mod {name};")) && !named(&code, name).is_empty();
            if !is_used {
                continue;
            }
            unused.remove(name);
            match homes.get(name) {
                None => wrong.push(format!("{}: `{name}` has no home in ARCHITECTURE.md", file.path)),
                Some(homes) if !is_at_home(&file.path, homes) => {
                    wrong.push(format!("{}: `{name}` is at home in {homes:?}", file.path));
                }
                Some(_) => {}
            }
        }
    }
    wrong.extend(unused.iter().map(|name| format!("`{name}` is used nowhere: take it out of Cargo.toml")));
    let gone = homes.keys().filter(|name| !dependencies.contains(*name));
    wrong.extend(gone.map(|name| format!("`{name}` has a home and is no dependency")));
    none_is_wrong(&wrong);
}

/// What cargo knows of all packages that are built for this machine; none where it has not seen them.
fn packages() -> Option<Vec<Value>> {
    let cargo = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(project("")).args(args);
        run(command, b"")
    };
    let version = cargo(&["-vV"]).stdout;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "))?.to_owned();
    let told =
        cargo(&["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", &host]);
    if told.code != Some(0) {
        println!("skipped: cargo can't tell of the dependencies without a network: {}", told.stderr);
        return None;
    }
    let metadata = told.json();
    let built: BTreeSet<&str> =
        metadata["resolve"]["nodes"].as_array()?.iter().filter_map(|node| node["id"].as_str()).collect();
    let packages = metadata["packages"].as_array()?.iter();
    Some(
        packages
            .filter(|package| package["id"].as_str().is_some_and(|id| built.contains(id)))
            .cloned()
            .collect(),
    )
}

/// The licences that deny.toml allows.
fn allowed_licences() -> Vec<String> {
    let policy = fs::read_to_string(project("deny.toml")).expect("a policy");
    let list = policy.split("\nallow = [").nth(1).and_then(|rest| rest.split(']').next()).expect("a list");
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

type Words<'w> = std::iter::Peekable<std::str::SplitWhitespace<'w>>;

/// Whether the terms of a licence expression can be kept with the licences allowed.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced =
        expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" or ", " OR ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words, allowed) && words.next().is_none()
}

fn any(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut good = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        good |= all(words, allowed);
    }
    good
}

fn all(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut good = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        good &= one(words, allowed);
    }
    good
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> bool {
    match words.next() {
        Some("(") => any(words, allowed) & words.next_if_eq(&")").is_some(),
        Some(name) => {
            let excepted = words.next_if_eq(&"WITH").is_some() && words.next().is_some();
            !excepted && allowed.iter().any(|licence| licence == name)
        }
        None => false,
    }
}

#[test]
fn licence_expressions_are_read() {
    let allowed = ["MIT".to_owned(), "Unicode-3.0".to_owned()];
    for good in ["MIT", "Apache-2.0 OR MIT", "Unlicense/MIT", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
        assert!(is_allowed(good, &allowed), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(Apache-2.0 OR GPL-2.0) AND MIT",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(!is_allowed(bad, &allowed), "{bad}");
    }
}

#[test]
fn every_dependency_may_be_used() {
    let Some(packages) = packages() else { return };
    let allowed = allowed_licences();
    let wrong: Vec<String> = packages
        .iter()
        .filter(|package| !is_allowed(package["license"].as_str().unwrap_or_default(), &allowed))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    none_is_wrong(&wrong);
    assert!(packages.len() > 100);
}

#[test]
fn no_dependency_comes_twice_unnoticed() {
    let Some(packages) = packages() else { return };
    let mut majors: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for package in &packages {
        let (Some(name), Some(version)) = (package["name"].as_str(), package["version"].as_str()) else {
            continue;
        };
        majors.entry(name).or_default().insert(major(version));
    }
    let twice: BTreeSet<&str> =
        majors.iter().filter(|(_, majors)| majors.len() > 1).map(|(name, _)| *name).collect();
    let known: BTreeSet<&str> = TWICE.iter().map(|(name, _)| *name).collect();
    assert_eq!(twice, known, "crates in more than one major version, and those known to be");
}

/// `1` of 1.2.3, `0.2` of 0.2.12.
fn major(version: &str) -> String {
    let parts: Vec<&str> = version.split('.').collect();
    if parts[0] == "0" { parts[..2].join(".") } else { parts[0].to_owned() }
}
