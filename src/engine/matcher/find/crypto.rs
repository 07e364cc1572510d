//! Addresses of cryptocurrencies, each with its own checksum where it has one: Bitcoin (base58check
//! and bech32), Ethereum and its kin (`0x` and 40 hexadecimal digits), Tron (base58check).

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::{begins_word, ends_word};
use crate::text::refang::Refanged;

/// Shortest and longest address, in bytes.
const SHORTEST: usize = 26;
const LONGEST: usize = 90;

pub(super) fn find(text: &str, out: &mut Vec<Range<usize>>) {
    if !may_hold_address(text) {
        return;
    }
    let refanged = Refanged::new(text);
    let plain = &*refanged.text;
    let bytes = plain.as_bytes();
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(u8::is_ascii_alphanumeric) {
        let start = at + step;
        let len = bytes[start..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        at = start + len;
        let word = &plain[start..at];
        if (SHORTEST..=LONGEST).contains(&len)
            && begins_word(plain, start)
            && ends_word(plain, at)
            && (is_ethereum(word) || is_base58(word) || is_bech32(word))
        {
            out.push(refanged.source(start..at));
        }
    }
}

/// Whether there is a word as long as an address, in any width of letters: one that long holds a byte
/// at some multiple of its length.
fn may_hold_address(text: &str) -> bool {
    let bytes = text.as_bytes();
    let belongs = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte >= 0x80;
    (SHORTEST - 1..bytes.len()).step_by(SHORTEST).any(|at| {
        let after = bytes[at..].iter().take(SHORTEST).take_while(belongs).count();
        let before = || bytes[..at].iter().rev().take(SHORTEST).take_while(belongs).count();
        after > 0 && after + before() >= SHORTEST
    })
}

fn is_ethereum(word: &str) -> bool {
    word.len() == 42
        && word.starts_with("0x")
        && word[2..].bytes().all(|b| b.is_ascii_hexdigit())
        && word[2..].bytes().any(|b| b != word.as_bytes()[2])
}

/// Bitcoin (`1…`, `3…`) and Tron (`T…`): 25 bytes in base 58, the last four a double SHA-256.
fn is_base58(word: &str) -> bool {
    let version = match word.as_bytes()[0] {
        b'1' => 0x00,
        b'3' => 0x05,
        b'T' => 0x41,
        _ => return false,
    };
    if word.len() > 35 {
        return false;
    }
    let Some(bytes) = from_base58(word) else { return false };
    let (payload, checksum) = bytes.split_at(21);
    let hash = Sha256::digest(Sha256::digest(payload));
    bytes[0] == version && hash[..4] == *checksum
}

/// The 25 bytes that a word in base 58 stands for.
fn from_base58(word: &str) -> Option<[u8; 25]> {
    const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes = [0_u8; 25];
    for byte in word.bytes() {
        let mut carry = ALPHABET.iter().position(|&known| known == byte)?;
        for place in bytes.iter_mut().rev() {
            carry += usize::from(*place) * 58;
            *place = u8::try_from(carry % 256).ok()?;
            carry /= 256;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(bytes)
}

/// Bitcoin's `bc1…`: 32 characters of five bits with a checksum (BIP 173, and BIP 350 from version 1).
fn is_bech32(word: &str) -> bool {
    const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let mixed = word.bytes().any(|b| b.is_ascii_lowercase()) && word.bytes().any(|b| b.is_ascii_uppercase());
    let word = word.to_ascii_lowercase();
    let Some(data) = word.strip_prefix("bc1").filter(|data| !mixed && data.len() >= 8) else { return false };
    // the prefix `bc` expanded: high bits, zero, low bits
    let mut sum = [3, 3, 0, 2, 3].into_iter().fold(1, polymod);
    let mut version = None;
    for byte in data.bytes() {
        let Some(value) = ALPHABET.iter().position(|&known| known == byte) else { return false };
        let value = u32::try_from(value).unwrap_or(0);
        version.get_or_insert(value);
        sum = polymod(sum, value);
    }
    sum == if version == Some(0) { 1 } else { 0x2BC8_30A3 }
}

fn polymod(sum: u32, value: u32) -> u32 {
    const GENERATOR: [u32; 5] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3];
    let top = sum >> 25;
    let sum = ((sum & 0x01FF_FFFF) << 5) ^ value;
    GENERATOR.iter().enumerate().filter(|(i, _)| top >> i & 1 == 1).fold(sum, |sum, (_, term)| sum ^ term)
}
