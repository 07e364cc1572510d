//! Directories as they come: with links, devices, and names that look alike.

use std::os::unix::fs::symlink;

use super::*;

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// What is read, and what is said of the rest, with the directory's own name left out.
fn read(directory: &Path) -> (Vec<String>, String) {
    let mut out = Diagnostics::default();
    let sources = Sources::read(directory, &mut out);
    let said = out.to_string().replace(&format!("{}/", directory.display()), "");
    (sources.files.keys().cloned().collect(), said)
}

#[test]
fn a_directory_is_read_whole() {
    let directory = tree(&[
        ("b.yaml", "rules: []"),
        ("a/c.yaml", ""),
        (".hidden.yaml", "x"),
        (".git/d.yaml", "x"),
        ("policy.yaml", ""),
        ("README.md", ""),
        ("lists/m.txt", "x"),
        ("lists/deep/n.txt", "x"),
        ("lists/notes.md", ""),
        ("tables/t.csv", "k"),
        ("tables/u.json", "{}"),
    ]);
    let (paths, said) = read(directory.path());
    assert_eq!(said, "");
    let expected = [
        "a/c.yaml",
        "b.yaml",
        "lists/deep/n.txt",
        "lists/m.txt",
        "policy.yaml",
        "tables/t.csv",
        "tables/u.json",
    ];
    assert_eq!(paths, expected);
    let sources = Sources::read(directory.path(), &mut Diagnostics::default());
    assert_eq!(sources.rule_files().count(), 2);
    assert!(sources.policy().is_some());
    assert_eq!(sources.list_names().collect::<Vec<_>>(), ["deep/n.txt", "m.txt"]);
    assert!(sources.list("deep/n.txt").is_some() && sources.list("../b.yaml").is_none());
    let tables: Vec<_> = sources.tables().map(|(name, json, _)| (name, json)).collect();
    assert_eq!(tables, [("t", false), ("u", true)]);
}

#[test]
fn links_are_followed_while_they_stay_inside() {
    let outside = tree(&[("secret.yaml", "x")]);
    let directory = tree(&[("..data/real.yaml", ""), ("sub/x.yaml", "")]);
    let at = |name: &str| directory.path().join(name);
    symlink("..data/real.yaml", at("linked.yaml")).unwrap();
    symlink("..data", at("folder")).unwrap();
    symlink("..", at("sub/up")).unwrap();
    symlink(outside.path().join("secret.yaml"), at("leak.yaml")).unwrap();
    symlink(outside.path(), at("leaks")).unwrap();
    symlink("/nowhere", at("gone.yaml")).unwrap();
    symlink("/nowhere", at("gone.md")).unwrap();
    symlink("/dev/null", at("null.yaml")).unwrap();
    let (paths, said) = read(directory.path());
    assert_eq!(paths, ["folder/real.yaml", "linked.yaml", "sub/x.yaml"]);
    assert_eq!(
        said,
        "gone.yaml: error: cannot be read: No such file or directory (os error 2)\n\
         leak.yaml: error: a link out of the rules directory\n\
         leaks: error: a link out of the rules directory\n\
         null.yaml: error: a link out of the rules directory\n\
         sub/up: error: a link to a directory that it lies in\n"
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    let directory = tree(&[("other.yml", "")]);
    let at = |name: &str| directory.path().join(name);
    fs::write(at("latin.yaml"), b"rules:\n  - caf\xe9 x").unwrap();
    File::create(at("big.yaml")).unwrap().set_len(LIMIT + 1).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.yaml")).unwrap();
    let (paths, said) = read(directory.path());
    assert!(paths.is_empty());
    assert_eq!(
        said,
        "big.yaml: error: larger than 16 MiB\n\
         latin.yaml:2:8: error: not UTF-8 from byte 14 on\n\
         other.yml: warning: not read: rule files are named `.yaml`\n\
         socket.yaml: error: not a regular file\n"
    );
    let (_, said) = read(&at("missing"));
    assert!(said.contains("missing: error: cannot be read: No such file"), "{said}");
}

#[test]
fn the_revision_is_that_of_the_content() {
    let revision =
        |files: &[(&'static str, &'static str)]| Sources::from_memory(files.iter().copied()).revision();
    let one = revision(&[("a.yaml", "x"), ("b.yaml", "y")]);
    assert_eq!(one.len(), 12);
    assert_eq!(one, revision(&[("b.yaml", "y"), ("a.yaml", "x")]));
    assert_ne!(one, revision(&[("a.yaml", "x"), ("b.yaml", "z")]));
    assert_ne!(revision(&[("a", "bc")]), revision(&[("ab", "c")]));
    let directory = tree(&[("a.yaml", "x"), ("b.yaml", "y"), ("README.md", "z")]);
    assert_eq!(Sources::read(directory.path(), &mut Diagnostics::default()).revision(), one);
}

#[test]
fn a_list_has_one_entry_a_line() {
    let text = "\u{feff}one\r\n\n  two words  # why\n# all of it\n\tc#\n#x\n last";
    let found: Vec<_> = list_entries(text).collect();
    assert_eq!(found.iter().map(|entry| entry.value).collect::<Vec<_>>(), ["one", "two words", "c#", "last"]);
    for entry in found {
        assert_eq!(&text[entry.range], entry.value);
    }
}

#[test]
fn paths_of_rules_stay_inside() {
    for (path, inside) in [
        ("a.txt", true),
        ("a/b.txt", true),
        ("a/../b.txt", false),
        ("../a.txt", false),
        ("/etc/passwd", false),
        ("./a.txt", false),
        ("a\\b", false),
        ("", false),
    ] {
        assert_eq!(is_inside(path), inside, "{path}");
    }
}
