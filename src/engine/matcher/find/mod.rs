//! The well-known kinds of contact and payment data: one file a kind, each a scanner of its own.
//!
//! Every scanner begins with a glance at the bytes that lets nearly all messages go, and then passes
//! over the refanged text once: none of them goes back further than a fixed number of bytes.

mod card;
mod crypto;
mod email;
mod iban;
mod ip;
mod phone;
mod url;

use std::{ops::Range, str::FromStr};

use crate::text::refang;

/// A kind of contact or payment data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// E-mail addresses, spelled out too.
    Email,
    /// Telephone numbers.
    Phone,
    /// Links, disguised ones too.
    Url,
    /// Internet addresses, version 4 and 6.
    Ip,
    /// Payment card numbers with a valid checksum.
    Card,
    /// International bank account numbers with a valid checksum.
    Iban,
    /// Addresses of cryptocurrencies: Bitcoin, Ethereum, Tron.
    Crypto,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 7] =
        [Kind::Email, Kind::Phone, Kind::Url, Kind::Ip, Kind::Card, Kind::Iban, Kind::Crypto];

    /// The name by which rules speak of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Email => "email",
            Kind::Phone => "phone",
            Kind::Url => "url",
            Kind::Ip => "ip",
            Kind::Card => "card",
            Kind::Iban => "iban",
            Kind::Crypto => "crypto",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Appends where this kind occurs in a text as sent: in order, without overlaps.
    pub fn find(self, text: &str, out: &mut Vec<Range<usize>>) {
        match self {
            Kind::Email => email::find(text, out),
            Kind::Phone => phone::find(text, out),
            Kind::Url => url::find(text, out),
            Kind::Ip => ip::find(text, out),
            Kind::Card => card::find(text, out),
            Kind::Iban => iban::find(text, out),
            Kind::Crypto => crypto::find(text, out),
        }
    }
}

/// The text names no kind that can be found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is nothing that can be found: email, phone, url, ip, card, iban or crypto")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Kind::parse(name).ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// Whether a text holds at least `least` digits, of any script and style.
fn may_hold_digits(text: &str, least: usize) -> bool {
    let ascii = text.bytes().filter(u8::is_ascii_digit).count();
    ascii >= least
        || (!text.is_ascii() && text.chars().filter(|&c| refang::is_digit(c)).take(least).count() == least)
}

/// Whether the character before `at` lets a number or code begin there.
fn begins_word(text: &str, at: usize) -> bool {
    !text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() && c.is_ascii() || c == '_')
}

/// Whether the character at `at` lets a number or code end there.
fn ends_word(text: &str, at: usize) -> bool {
    !text[at..].chars().next().is_some_and(|c| c.is_alphanumeric() && c.is_ascii() || c == '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::cases;

    fn check(kind: Kind, file: &str) {
        cases::check(file, |text| {
            let mut out = Vec::new();
            kind.find(text, &mut out);
            out
        });
    }

    macro_rules! cases {
        ($($kind:ident $file:literal)*) => {$(
            #[test]
            #[allow(non_snake_case, reason = "named after the kind")]
            fn $kind() {
                check(Kind::$kind, include_str!(concat!("../../../../tests/data/find/", $file, ".txt")));
            }
        )*};
    }
    cases!(Email "email" Phone "phone" Url "url" Ip "ip" Card "card" Iban "iban" Crypto "crypto");

    #[test]
    fn names_are_read_back() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert!("emails".parse::<Kind>().is_err());
    }

    /// Texts of the greatest length made to send a scanner back again and again. The limit is far above
    /// what linear time takes without optimisation and far below what quadratic time would.
    #[test]
    fn hostile_texts_take_linear_time() {
        let pieces = [
            "1",
            "1 ",
            "1-",
            "1.",
            "12 34 ",
            "+1",
            "(1",
            "a.",
            "a.a_",
            "a.co ",
            "a@",
            "@a.co",
            "a@a.",
            "://",
            "a://",
            "a://a.",
            "a.py#",
            "a.py/(",
            "a.com#(",
            "a.com:99999/(",
            "http://a:b",
            "http://a.co/",
            "http://a.co/(",
            " dot ",
            "a dot ",
            "a dot com ",
            "a.co b dot com ",
            "4155550123 five ",
            " at ",
            "a at gmail.com ",
            "[.]",
            "(.",
            "five ",
            "double ",
            "1one ",
            "DE1",
            "DE ",
            "0x",
            "bc1q",
            "1A",
            "::",
            "1:",
            "٣",
            "５",
            "。",
            "看.com",
            "看",
            "ａ．",
            "4111 ",
            "com.",
            "plus ",
            "double one ",
            "vingt ",
            "et un ",
            "quatre-",
            "a @ ",
            "a . ",
            "a ",
            ". a ",
            "4l5-",
            "O1 ",
            "415_555_",
            "1****",
            "&#4",
            "&#46;",
            "_at_a",
            "_at_a_dot_co",
            "-dot-",
            " punkt ",
            "a punto com ",
            "a arroba ",
            "a dot b at ",
            " .com",
            "a. com/",
            "a . me / ",
            "a dot com slash b slash c ",
            "собака ",
            "точка ру ",
            "(a)",
            "a@b,",
            ":/\\",
        ];
        for piece in pieces {
            let text = piece.repeat(65_536 / piece.chars().count());
            let started = std::time::Instant::now();
            for kind in Kind::ALL {
                kind.find(&text, &mut Vec::new());
            }
            let took = started.elapsed();
            assert!(took.as_secs() < 5, "{piece:?}: {took:?}");
        }
    }

    proptest! {
        #[test]
        fn ranges_are_sound(
            text in "([a-z0-9 ./:@()+-]|[0-9]{1,5}|five |double | dot | at |gmail|\\.com|[(\\[](at|dot)[)\\]]|[５０٣]|DE|0x|bc1|:|\\PC){0,80}"
        ) {
            for kind in Kind::ALL {
                let mut out = Vec::new();
                kind.find(&text, &mut out);
                cases::assert_sound(&text, &out);
            }
        }
    }
}
