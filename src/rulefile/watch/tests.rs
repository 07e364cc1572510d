//! What wakes the watch, and what does not. Every wait here has an end, and none is for luck.

use std::os::unix::fs::symlink;
use std::sync::mpsc;

use notify::event::{CreateKind, ModifyKind, RemoveKind};

use super::*;

/// Longer than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

fn watched(directory: &Path) -> (Watch, mpsc::Receiver<()>) {
    let (called, calls) = mpsc::channel();
    let watch = Watch::every(Duration::from_millis(50), directory, move || {
        let _ = called.send(());
    });
    (watch.expect("a thread"), calls)
}

#[test]
fn every_way_of_changing_is_noticed() {
    let place = tempfile::tempdir().expect("a directory");
    let rules = place.path().join("rules");
    let at = |name: &str| rules.join(name);
    fs::create_dir_all(at("..one")).expect("made");
    fs::create_dir_all(at("lists")).expect("made");
    fs::write(at("a.yaml"), "rules: []").expect("written");
    fs::write(at("..one/k.yaml"), "rules: []").expect("written");
    symlink("..one", at("..data")).expect("linked");
    symlink("..data/k.yaml", at("k.yaml")).expect("linked");
    let (_watch, calls) = watched(&rules);
    let noticed = |what: &str, change: &dyn Fn() -> io::Result<()>| {
        while calls.try_recv().is_ok() {}
        change().expect(what);
        calls.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("not noticed: {what}"));
    };
    noticed("written in place", &|| fs::write(at("a.yaml"), "rules:  []"));
    noticed("renamed over", &|| {
        fs::write(at(".a.swp"), "rules:   []")?;
        fs::rename(at(".a.swp"), at("a.yaml"))
    });
    noticed("a new file in a folder", &|| fs::write(at("lists/l.txt"), "x"));
    noticed("a file removed", &|| fs::remove_file(at("lists/l.txt")));
    noticed("a link swapped", &|| {
        fs::create_dir(at("..two"))?;
        fs::write(at("..two/k.yaml"), "rules: []")?;
        symlink("..two", at("..tmp"))?;
        fs::rename(at("..tmp"), at("..data"))
    });
    noticed("the directory replaced", &|| {
        let next = place.path().join("next");
        fs::create_dir(&next)?;
        fs::write(next.join("a.yaml"), "rules: []")?;
        fs::rename(&rules, place.path().join("old"))?;
        fs::rename(&next, &rules)
    });
    noticed("an edit in the new directory", &|| fs::write(at("a.yaml"), "rules:  []"));
    noticed("the directory removed", &|| fs::remove_dir_all(&rules));
    noticed("and made again", &|| fs::create_dir(&rules));
}

#[test]
fn what_is_no_change_of_the_rules_does_not_wake() {
    let rules = Path::new("/srv/rules");
    let check = |kind: EventKind, paths: &[&str], expected: bool| {
        let event = paths.iter().fold(Event::new(kind), |event, path| event.add_path(path.into()));
        assert_eq!(matters(&event, rules), expected, "{kind:?} {paths:?}");
    };
    let write = EventKind::Modify(ModifyKind::Any);
    check(write, &["/srv/rules/a.yaml"], true);
    check(write, &["/srv/rules"], true);
    check(EventKind::Create(CreateKind::Any), &["/srv/rules/..data"], true);
    check(EventKind::Remove(RemoveKind::Any), &["/srv/rules"], true);
    check(EventKind::Access(AccessKind::Close(AccessMode::Write)), &["/srv/rules/a.yaml"], true);
    check(EventKind::Access(AccessKind::Open(AccessMode::Any)), &["/srv/rules/a.yaml"], false);
    check(EventKind::Access(AccessKind::Close(AccessMode::Read)), &["/srv/rules/a.yaml"], false);
    check(write, &["/srv/decisions.jsonl"], false);
    check(write, &["/srv/rules2/a.yaml"], false);
    check(write, &["/srv/rules/.git/index"], false);
    check(EventKind::Other, &[], true);
}

#[test]
fn looking_tells_what_notices_miss() {
    let place = tempfile::tempdir().expect("a directory");
    let rules = place.path().join("rules");
    let mut seen = vec![fingerprint(&rules)];
    let mut differs = |what: &str| {
        let now = fingerprint(&rules);
        assert!(!seen.contains(&now), "{what}");
        seen.push(now);
    };
    fs::create_dir(&rules).expect("made");
    differs("it is there now");
    fs::write(rules.join("a.yaml"), "x").expect("written");
    differs("a new file");
    fs::write(rules.join("a.yaml"), "xy").expect("written");
    differs("a longer file");
    fs::rename(rules.join("a.yaml"), rules.join("b.yaml")).expect("renamed");
    differs("another name");
    assert_eq!(fingerprint(&rules), fingerprint(&rules));
}

#[test]
fn a_reading_is_of_one_moment() {
    let place = tempfile::tempdir().expect("a directory");
    let path = place.path().join("a.yaml");
    let whole = "rules: []\n".repeat(2000);
    fs::write(&path, "").expect("written");
    let (sources, out) = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            use std::io::Write as _;
            let mut file = fs::File::create(&path).expect("a file");
            // a piece in much less time than lies between two readings
            for piece in whole.as_bytes().chunks(2000) {
                file.write_all(piece).expect("written");
                thread::park_timeout(Duration::from_millis(1));
            }
        });
        writer.join().expect("it writes");
        settled(place.path())
    });
    assert!(out.is_empty());
    assert_eq!(sources.revision(), Sources::from_memory([("a.yaml", whole)]).revision());
}
