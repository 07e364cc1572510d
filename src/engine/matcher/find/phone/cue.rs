//! Words before a number that say what it is: `call 555…`, `order 555…`. Only the last few within a
//! fixed reach are asked, so that a text full of numbers costs no more than its length.

/// How far before a number its cue may stand, in bytes.
const REACH: usize = 28;

/// What a word shortly before a number says of it.
pub(super) enum Cue {
    /// It is a telephone number: `call`, `my number`.
    For,
    /// It is another: `order`, `invoice`.
    Against,
}

/// What the words before a number say; a word against it outweighs others: `order number`.
pub(super) fn cue(before: &str) -> Option<Cue> {
    const FOR: [&str; 25] = [
        "call",
        "cell",
        "cellphone",
        "contact",
        "dial",
        "digits",
        "handy",
        "hmu",
        "mobile",
        "msg",
        "number",
        "phone",
        "ping",
        "ring",
        "signal",
        "sms",
        "tel",
        "telefon",
        "telegram",
        "telephone",
        "text",
        "txt",
        "viber",
        "wa",
        "whatsapp",
    ];
    const AGAINST: [&str; 23] = [
        "account",
        "build",
        "code",
        "error",
        "id",
        "invoice",
        "isbn",
        "issn",
        "item",
        "model",
        "order",
        "parcel",
        "part",
        "product",
        "ref",
        "reference",
        "sequence",
        "serial",
        "sku",
        "ticket",
        "timestamp",
        "tracking",
        "version",
    ];
    const SIGNS: [&str; 7] = ["电话", "手机", "微信", "телефон", "звони", "тел.", "📞"];
    let mut from = before.len().saturating_sub(REACH);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let near = &before[from..];
    let words = near.rsplit(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()).take(5);
    let says =
        |known: &[&str]| words.clone().any(|word| known.iter().any(|known| word.eq_ignore_ascii_case(known)));
    if says(&AGAINST) {
        Some(Cue::Against)
    } else {
        (says(&FOR) || SIGNS.iter().any(|sign| near.contains(sign))).then_some(Cue::For)
    }
}
