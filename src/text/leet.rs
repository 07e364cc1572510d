//! Digits and signs that are read as letters.
//!
//! Every sign has one key, under which it is scanned, and one or two readings, which are checked
//! when a word is found: so `1` is both i and l without a product of variants. `i` and `l` share a
//! key for that reason alone; as letters they are never taken for each other.

/// The letters that an ASCII or Latin-1 sign may stand for; none for what stands for itself.
#[must_use]
pub const fn readings(sign: char) -> &'static [char] {
    match sign {
        '0' => &['o'],
        '1' | '|' | '£' | '!' | '¡' => &['i', 'l'],
        '2' => &['z'],
        '3' | '€' => &['e'],
        '4' | '@' => &['a'],
        '5' | '$' | '§' => &['s'],
        '6' | '9' => &['g'],
        '7' | '+' | '†' => &['t'],
        '8' => &['b'],
        '#' => &['h'],
        '(' | '<' | '¢' => &['c'],
        '¥' => &['y'],
        '×' => &['x'],
        'µ' => &['u'],
        _ => &[],
    }
}

/// The character under which a letter or sign is scanned.
#[must_use]
pub const fn key(base: char) -> char {
    match readings(base).first() {
        // What people put between the words of a phrase instead of a space.
        None if matches!(base, '_' | ',' | '-') => ' ',
        Some(&letter) => letter,
        None if base == 'l' => 'i',
        None => base,
    }
}
