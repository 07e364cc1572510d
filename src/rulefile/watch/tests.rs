//! What wakes the watch, and what does not. Every wait here has an end, and none is for luck.

use std::os::unix::fs::symlink;
use std::sync::mpsc;

use notify::event::{CreateKind, ModifyKind, RemoveKind};

use super::*;

/// Longer than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn the_system_notices_every_way_of_changing() {
    every_way_is_noticed(Eyes::open, Duration::from_secs(3600));
}

#[test]
fn looking_notices_every_way_of_changing() {
    every_way_is_noticed(|_, _| Eyes { _watcher: None }, Duration::from_millis(20));
}

fn every_way_is_noticed(open: fn(&Path, &Sender<Hint>) -> Eyes, look: Duration) {
    let place = tempfile::tempdir().expect("a directory");
    let rules = place.path().join("rules");
    let at = |name: &str| rules.join(name);
    fs::create_dir_all(at("..one")).expect("made");
    fs::create_dir_all(at("lists")).expect("made");
    fs::write(at("a.yaml"), "rules: []").expect("written");
    fs::write(at("..one/k.yaml"), "rules: []").expect("written");
    symlink("..one", at("..data")).expect("linked");
    symlink("..data/k.yaml", at("k.yaml")).expect("linked");
    let (called, calls) = mpsc::channel();
    let call = move || {
        let _ = called.send(());
    };
    let _watch = Watch::with(open, look, &rules, call).expect("a thread");
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
    noticed("a link in its place", &|| {
        let real = place.path().join("real");
        fs::rename(&rules, &real)?;
        symlink("real", &rules)
    });
    noticed("an edit behind the link", &|| fs::write(at("a.yaml"), "rules: [ ]"));
    noticed("the link swapped", &|| {
        fs::create_dir(place.path().join("other"))?;
        symlink("other", place.path().join("link"))?;
        fs::rename(place.path().join("link"), &rules)
    });
    noticed("an edit behind the other", &|| fs::write(at("a.yaml"), "rules: [  ]"));
    noticed("a circle of links", &|| symlink("..", at("up")));
    noticed("the link removed", &|| fs::remove_file(&rules));
    noticed("a directory again", &|| fs::create_dir(&rules));
    noticed("the directory removed", &|| fs::remove_dir_all(&rules));
    noticed("and made again", &|| fs::create_dir(&rules));
}

#[test]
fn what_is_no_change_of_the_rules_does_not_wake() {
    let names = [PathBuf::from("/srv/rules"), PathBuf::from("/real/7")];
    let check = |kind: EventKind, paths: &[&str], expected: bool| {
        let event = paths.iter().fold(Event::new(kind), |event, path| event.add_path(path.into()));
        assert_eq!(matters(&event, &names), expected, "{kind:?} {paths:?}");
    };
    let write = EventKind::Modify(ModifyKind::Any);
    check(write, &["/srv/rules/a.yaml"], true);
    check(write, &["/srv/rules"], true);
    check(EventKind::Create(CreateKind::Any), &["/srv/rules/..data"], true);
    check(EventKind::Remove(RemoveKind::Any), &["/srv/rules"], true);
    check(EventKind::Access(AccessKind::Close(AccessMode::Write)), &["/srv/rules/a.yaml"], true);
    check(EventKind::Access(AccessKind::Open(AccessMode::Any)), &["/srv/rules/a.yaml"], false);
    check(EventKind::Access(AccessKind::Close(AccessMode::Read)), &["/srv/rules/a.yaml"], false);
    check(write, &["/real/7/lists/a.txt"], true);
    check(write, &["/real/8/lists/a.txt"], false);
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
fn what_is_being_written_is_not_read_half() {
    let check = |readings: &str, expected: char| {
        let mut readings = readings.chars().cycle();
        let last = until_two_agree(|| readings.next().expect("it goes on"), char::eq, || ());
        assert_eq!(last, expected);
    };
    check("aab", 'a');
    check("abb", 'b');
    check("abacc", 'c');
    // never at rest: the last one has to do
    check(&"abcd".repeat(READINGS / 4), 'd');
}

#[test]
fn a_directory_at_rest_is_read_as_it_is() {
    let place = tempfile::tempdir().expect("a directory");
    fs::write(place.path().join("a.yaml"), "rules: []").expect("written");
    let (sources, out) = settled(place.path());
    assert!(out.is_empty());
    assert_eq!(sources.revision(), Sources::from_memory([("a.yaml", "rules: []")]).revision());
    fs::remove_dir_all(place.path()).expect("removed");
    assert!(settled(place.path()).1.has_errors());
}
