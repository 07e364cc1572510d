//! Laws of the views, over texts made of everything that a view has to deal with.

use std::sync::Arc;

use premod::engine::state::{Limits, State};
use premod::engine::{Engine, Facts};
use premod::message::Message;
use premod::rulefile::{Diagnostics, Sources, compile};
use premod::text::{View, ViewKind};
use proptest::prelude::*;

const INVISIBLE: [char; 8] =
    ['\u{200b}', '\u{ad}', '\u{200c}', '\u{2060}', '\u{feff}', '\u{34f}', '\u{180e}', '\u{e0061}'];

const FRAGMENTS: [&str; 24] = [
    "fuck",
    "Fuck",
    "ＦＵＣＫ",
    "f.u.c.k",
    "f u c k",
    "sh1t",
    "$hit",
    "kill",
    "killing",
    "straße",
    "fuсk",
    "f\u{301}uck",
    "as",
    "class",
    " ",
    " ",
    ".",
    "_",
    "-",
    "é",
    "死ね",
    "👍🏽",
    "bitch",
    "1488",
];

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&FRAGMENTS[..]), 1..6).prop_map(|fragments| fragments.concat())
}

fn engine(view: &str) -> Engine {
    let rules = format!(
        "rules:\n  - {{id: r, match: {{words: [fuck, shit, kill*, straße, as, bitch, 死ね, \"1488\"], view: {view}}}}}\n"
    );
    let mut out = Diagnostics::default();
    let compiled =
        compile(&Sources::from_memory([("rules.yaml", rules)]), &mut out).unwrap_or_else(|| panic!("{out}"));
    Engine::new(Arc::new(compiled.rules), Arc::new(State::new(Limits::default())))
}

fn fires(engine: &Engine, text: &str) -> bool {
    !engine.judge(&Message::from_text(text), &Facts::new()).fired.is_empty()
}

#[test]
fn what_is_no_disguise_is_not_called_one() {
    let engine = engine("plain");
    let signals = |text: &str| engine.judge(&Message::from_text(text), &Facts::new()).disguise;
    for honest in [
        "я купил iPhone и MacBook",
        "👨‍👩‍👧 and 👍🏽",
        "می\u{200c}خواهم بروم",
        "call me at 5, 4 of us, 100% sure",
        "naïve café, Übergröße",
        "λ = 5 µm",
        "fuck",
    ] {
        assert_eq!(signals(honest), Vec::<&str>::new(), "{honest}");
    }
    for (disguised, trick) in [
        ("pаypal", "homoglyph"),
        ("free mo\u{200b}ney", "zero_width"),
        ("z\u{336}\u{337}a\u{336}lgo", "marks"),
        ("sh1t", "leet"),
        ("fuuuck", "repeats"),
        ("f u c k", "spacing"),
        ("f*ck", "censoring"),
        ("ｆｕｃｋ", "styled"),
        ("f**u**ck", "markup"),
    ] {
        assert_eq!(signals(disguised), [trick], "{disguised}");
    }
}

proptest! {
    #[test]
    fn folding_a_folded_text_changes_nothing(text in any::<String>()) {
        let once = View::new(ViewKind::Folded, &text).text().to_owned();
        let twice = View::new(ViewKind::Folded, &once).text().to_owned();
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn nothing_shown_hides_no_word(text in text(), at in any::<prop::sample::Index>(), what in prop::sample::select(&INVISIBLE[..])) {
        let edges: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut padded = text.clone();
        padded.insert(edges[at.index(edges.len())], what);
        for view in ["folded", "plain", "loose"] {
            let engine = engine(view);
            prop_assert!(!fires(&engine, &text) || fires(&engine, &padded), "{view}: {padded:?}");
        }
    }

    #[test]
    fn every_atom_stands_for_a_part_of_the_text(text in any::<String>()) {
        for kind in ViewKind::ALL {
            let view = View::new(kind, &text);
            for atom in view.first_reading() {
                let range = atom.start as usize..atom.end as usize;
                prop_assert!(text.get(range.clone()).is_some_and(|part| !part.is_empty()), "{range:?} of {text:?}");
            }
            // A view is no longer than a fixed multiple of its text.
            prop_assert!(view.atoms().len() <= 64 + text.len() * 12, "{} atoms for {} bytes", view.atoms().len(), text.len());
        }
    }
}

#[test]
fn what_plain_finds_loose_finds() {
    let (plain, loose) = (crate::measured::engine("plain", ""), crate::measured::engine("loose", ""));
    for file in ["evasion", "evasion/held-out"].into_iter().flat_map(crate::corpus::files) {
        for case in crate::corpus::disguised(&file) {
            let found = crate::measured::fires(&plain, "words", &case.text);
            assert!(!found || crate::measured::fires(&loose, "words", &case.text), "{}", case.text);
        }
    }
}
