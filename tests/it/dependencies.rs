//! The rules of the house for what comes from outside: where each crate is at home, which licences
//! may be used, and what may come in two versions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::command::{project, run};
use crate::house::{files, named, none_is_wrong};

/// Where each outside crate may be used, while no page says so: a table with a head `crate | home`
/// in ARCHITECTURE.md goes before this one.
const HOMES: &str = "
| crate | home |
|---|---|
| `actix_web` | `server`, `cli` |
| `tokio` | `server`, `load`, `cli` |
| `serde` | `engine`, `platform`, `rulefile` |
| `serde_json`, `thiserror` | everywhere |
| `base64` | `server`, `load`, `engine` |
| `sha2` | `server`, `rulefile`, `engine` |
| `subtle`, `uuid`, `prometheus_client` | `server` |
| `aho_corasick`, `regex_syntax`, `moka`, `cel`, `chrono`, `csv` | `engine` |
| `regex` | `engine`, `rulefile` |
| `strsim` | `engine`, `rulefile` |
| `unicode_normalization`, `unicode_security`, `unicode_segmentation`, `psl`, `idna`, `url`, `whichlang` | `text` |
| `saphyr_parser`, `annotate_snippets` | `rulefile` |
| `tracing` | `server`, `cli` |
| `tracing_subscriber`, `anyhow`, `anstream`, `anstyle`, `clap`, `indicatif` | `cli` |
| `hdrhistogram`, `httparse` | `load` |
| `mimalloc` | `main` |
";

/// Crates that come in two major versions, by whose need.
const TWICE: [(&str, &str); 2] = [
    ("http", "actix-http has its 0.2, everybody else 1"),
    ("syn", "derive macros are between 2 and 3; nothing of it is in the program"),
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

/// Crate → the modules where it is at home; none of them for a crate of everybody's vocabulary.
fn homes() -> BTreeMap<String, Vec<String>> {
    let page = fs::read_to_string(project("ARCHITECTURE.md")).unwrap_or_default();
    let is_head = |line: &str| {
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().to_lowercase()).collect();
        cells.len() >= 4 && cells[1].starts_with("crate") && cells[2].starts_with("home")
    };
    let table = |text: &str| {
        let rows = text.lines().skip_while(|line| !is_head(line)).skip(2);
        rows.take_while(|line| line.starts_with('|')).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut rows = table(&page);
    if rows.is_empty() {
        println!("ARCHITECTURE.md has no table `crate | home`: the one in this test holds");
        rows = table(HOMES);
    }
    let mut out = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').collect();
        let ticked = |cell: &str| -> Vec<String> {
            cell.split('`').skip(1).step_by(2).map(|name| name.replace('-', "_")).collect()
        };
        let at_home: Vec<String> = ticked(cells[2])
            .iter()
            .map(|home| {
                let home = home.trim_start_matches("src/").trim_end_matches('/');
                home.split(['/', '.', ':']).next().unwrap_or_default().to_owned()
            })
            .collect();
        for name in ticked(cells[1]) {
            out.insert(name, at_home.clone());
        }
    }
    out
}

#[test]
fn each_outside_crate_is_at_home_somewhere() {
    let homes = homes();
    let dependencies = dependencies("dependencies");
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in files(&["src"]).iter().filter(|file| !file.is_test()) {
        let code = file.code();
        for name in &dependencies {
            // a module of that name is called without a leading `crate::` too
            let is_used = code.contains(&format!("use {name}::"))
                || !code.contains(&format!("mod {name};")) && !named(&code, name).is_empty();
            if is_used {
                used.entry(name).or_default().insert(file.module().to_owned());
            }
        }
    }
    let mut wrong = vec![];
    for name in &dependencies {
        match (used.get(name.as_str()), homes.get(name)) {
            (None, _) => wrong.push(format!("`{name}` is used nowhere: take it out of Cargo.toml")),
            (Some(by), None) => {
                wrong.push(format!("`{name}` (used by {by:?}) has no row in the table of homes"))
            }
            (Some(by), Some(at_home)) => wrong.extend(
                by.iter()
                    .filter(|module| !at_home.is_empty() && !at_home.contains(module))
                    .map(|module| format!("`{name}` is at home in {at_home:?}, but `{module}` uses it")),
            ),
        }
    }
    wrong.extend(
        homes
            .keys()
            .filter(|name| !dependencies.contains(*name))
            .map(|name| format!("`{name}` has a home but is no dependency")),
    );
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
    let policy = fs::read_to_string(project("deny.toml")).unwrap_or_default();
    let list =
        policy.split("\nallow = [").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_else(|| {
            println!("deny.toml has no list of licences: the one in this test holds");
            r#""Apache-2.0", "BSD-3-Clause", "MIT", "Unicode-3.0", "Zlib""#
        });
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

type Words<'w> = std::iter::Peekable<std::str::SplitWhitespace<'w>>;

/// Whether the terms of a licence expression can be kept with the licences allowed.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
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
