//! Words near a number that say what it is: `call 555…`, `order 555…`, `555… call me`. Only the few within
//! a fixed reach are asked, so that a text full of numbers costs no more than its length.

/// How far before a number its cue may stand, in bytes.
const REACH: usize = 32;

/// What a word near a number says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    /// It is a telephone number: `call`, `my number`.
    For,
    /// It is another: `order`, `invoice`.
    Against,
}

/// Words that announce a telephone number.
const FOR: &[&str] = &[
    "anrufen",
    "appel",
    "appelle",
    "appelez",
    "ara",
    "bel",
    "call",
    "cel",
    "cell",
    "cellphone",
    "cellulare",
    "celular",
    "chiama",
    "chiamami",
    "chiamare",
    "contact",
    "dial",
    "digits",
    "fon",
    "gsm",
    "gọi",
    "handy",
    "handynummer",
    "hmu",
    "hubungi",
    "hívj",
    "ligue",
    "liga",
    "llama",
    "llámame",
    "llamame",
    "mob",
    "mobil",
    "mobile",
    "msg",
    "móvil",
    "movil",
    "natel",
    "nomor",
    "num",
    "number",
    "numer",
    "numero",
    "numéro",
    "número",
    "nummer",
    "numara",
    "numaram",
    "phone",
    "ping",
    "portable",
    "puhelin",
    "ring",
    "rufnummer",
    "ruf",
    "signal",
    "sms",
    "soita",
    "sun",
    "sună",
    "tel",
    "telefon",
    "telefone",
    "telefono",
    "telefonnummer",
    "telegram",
    "telephone",
    "text",
    "tlf",
    "txt",
    "tél",
    "téléphone",
    "teléfono",
    "viber",
    "volej",
    "wa",
    "whatsapp",
    "whatsap",
    "watsapp",
    "zadzwoń",
    "zadzwon",
    "zap",
    "zavolej",
    "πάρε",
    "κινητό",
    "τηλέφωνο",
    "вайбер",
    "ватсап",
    "звони",
    "звоните",
    "набери",
    "номер",
    "номеру",
    "пиши",
    "тел",
    "телефон",
    "телефону",
];

/// Words that announce another number.
const AGAINST: &[&str] = &[
    "account",
    "artikelnummer",
    "bestellnummer",
    "bestellung",
    "build",
    "code",
    "commande",
    "compte",
    "cuenta",
    "error",
    "facture",
    "factura",
    "fattura",
    "id",
    "invoice",
    "isbn",
    "issn",
    "item",
    "konto",
    "kontonummer",
    "kundennummer",
    "model",
    "order",
    "ordine",
    "parcel",
    "part",
    "pedido",
    "product",
    "rechnung",
    "rechnungsnummer",
    "ref",
    "reference",
    "sendungsnummer",
    "sequence",
    "serial",
    "sipariş",
    "sku",
    "ticket",
    "timestamp",
    "tracking",
    "version",
    "zamówienie",
    "артикул",
    "заказ",
    "заказа",
    "заказу",
    "счёт",
    "счет",
];

/// What announces a number in scripts without spaces or with words that change.
const SIGNS: &[&str] = &[
    "电话",
    "電話",
    "手机",
    "手機",
    "微信",
    "号码",
    "📞",
    "📱",
    "전화",
    "번호",
    "연락",
    "اتصل",
    "رقمي",
    "هاتف",
    "شماره",
    "تماس",
    "תתקשר",
    "טלפון",
    "โทร",
    "เบอร์",
    "फोन",
    "नंबर",
    "कॉल",
];

/// The same for other numbers.
const OTHER_SIGNS: &[&str] = &["订单", "訂單", "注文", "주문"];

/// Words that still announce a number when they follow it.
const AFTER: &[&str] = &[
    "bel",
    "call",
    "cell",
    "hmu",
    "mobile",
    "phone",
    "ring",
    "sms",
    "text",
    "txt",
    "whatsapp",
    "zadzwoń",
    "звони",
];

/// What the words before a number say; a word against it outweighs others: `order number`.
pub(super) fn cue(before: &str) -> Option<Cue> {
    let mut from = before.len().saturating_sub(REACH);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let near = &before[from..];
    let words = words(near.rsplit(|c: char| !c.is_alphabetic()));
    let says = |known: &[&str]| words.iter().any(|word| known.contains(&&**word));
    let signs = |known: &[&str]| known.iter().any(|sign| near.contains(sign));
    if says(AGAINST) || signs(OTHER_SIGNS) {
        Some(Cue::Against)
    } else {
        (says(FOR) || signs(SIGNS)).then_some(Cue::For)
    }
}

/// Whether what follows a number says that it is a telephone number: `… call me`, `… is my cell`.
pub(super) fn cue_after(after: &str) -> bool {
    let mut to = after.len().min(REACH / 2);
    while !after.is_char_boundary(to) {
        to -= 1;
    }
    let near = &after[..to];
    // not a word cut off at the reach
    let whole = if to < after.len() { near.rsplit_once(' ').map_or("", |(whole, _)| whole) } else { near };
    words(whole.split(|c: char| !c.is_alphabetic())).iter().take(3).any(|word| AFTER.contains(&&**word))
        || SIGNS.iter().any(|sign| near.contains(sign))
}

fn words<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    parts.filter(|word| !word.is_empty()).take(5).map(str::to_lowercase).collect()
}
