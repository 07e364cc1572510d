//! Letters of other scripts that are read as Latin ones.
//!
//! Two sources: a reviewed table of what people do use, by the shape of the letter, and behind it
//! Unicode's own confusables (UTS #39). Honest words of those scripts lose nothing by it: a pattern
//! goes the same way as the text, so that Russian patterns meet Russian words under the same keys.

use unicode_security::confusable_detection::skeleton;

/// The Latin letter that a (lower-case) letter of another script looks like.
#[must_use]
pub fn latin(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    reviewed(c).or_else(|| confusable(c))
}

/// Greek letters that are read by their shape only in a word with Latin letters: `Η` looks like H though
/// `η` looks like n, and `ς` like s though it is a `σ`. A Greek word stays Greek.
#[must_use]
pub fn beside_latin(c: char) -> Option<char> {
    Some(match c {
        'Η' => 'h',
        'Ν' => 'n',
        'Υ' => 'y',
        'Μ' => 'm',
        'ς' => 's',
        _ => return None,
    })
}

/// One letter a character, grouped by the Latin letter they are read as.
const SHAPES: &[(char, &str)] = &[
    ('a', "аαɑᴀᗩꓮₐɐⱥǟ₳ꍏᎪΑ"),
    ('b', "вβʙᏼᗷꓐьɓƀƃ฿ꌃᏴᏏ"),
    ('c', "сϲᴄᑕꓚⅽɔƈȼ₵ꉓᏟᏨɕ©¢"),
    ('d', "ԁᴅᗪꓓɗđƌժɖδ∂ꀸᎠᏧ"),
    ('e', "еεєᴇᗴꓰɛǝɘɇəҽꍟᎬ℮э"),
    ('f', "ғꜰᖴꓝƒϝ₣ꎇֆ"),
    ('g', "ɢɡԍꓖᏀǥɠց₲ꁅᎶᏳ"),
    ('h', "нһʜꓧᕼɥħհℏɦⱨꃅᎻᏂ"),
    ('i', "іιɪıꓲɨᎥїᎥꀤᏆɩ"),
    ('j', "јᴊꓙᒍɉʝꀭᎫ"),
    ('k', "кκᴋҝʞꓗᏦƙĸ₭ꀘ"),
    ('l', "ʟꓡᒪłƚɫɭⱡլ꒒Ꮮℓ"),
    ('m', "мᴍꓟᗰɯʍɱ₥ꂵᎷ"),
    ('n', "ηпɴꓠᑎɲƞռŋɳ₦ꈤ"),
    ('o', "оοᴏσօꓳסθөøɵꂦ⭕ⴰ"),
    ('p', "рρᴘꓑᑭƥϸþ₱ꉣᏢք"),
    ('q', "ԛզꓤɋꆰ"),
    ('r', "гʀꓣᖇɹɍɾɼɽяꋪᎡᏒ®"),
    ('s', "ѕꜱꓢᔕʂտ₴ꌗᏚᏕ"),
    ('t', "тτᴛꓔƭŧʇțȶʈ₮꓄Ꭲ"),
    ('u', "υսᴜꓴᑌʉʊꀎ"),
    ('v', "νᴠꓦᐯѵʋʌꃴᏙ"),
    ('w', "ωԝᴡꓪᗯɯϣшաⱳ₩ꅐᎳ"),
    ('x', "хχꓫ᙭ҳӿꊼ"),
    ('y', "уγʏꓬүყʎɏƴꌩᎩ"),
    ('z', "ᴢꓜᘔʐƶȥⱬꁴᏃʐ"),
    ('$', "💲"),
    ('!', "❗❕"),
];

fn reviewed(c: char) -> Option<char> {
    SHAPES.iter().find(|(_, shapes)| shapes.contains(c)).map(|(latin, _)| *latin)
}

fn confusable(c: char) -> Option<char> {
    // Nobody writes Latin words in Semitic, Indic, Thai or Hangul letters or in ideographs.
    if matches!(c, '\u{590}'..='\u{109f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..)
    {
        return None;
    }
    // One character can't be skeletonised by itself in place; a string of one can.
    let mut buffer = [0; 4];
    let mut prototype = skeleton(c.encode_utf8(&mut buffer));
    let first = prototype.next()?.to_ascii_lowercase();
    if prototype.next().is_some() || !first.is_ascii_alphanumeric() {
        return None;
    }
    Some(match first {
        'l' | '1' => '|', // what looks like a bare stroke may be an i or an l
        '0' => 'o',
        letter => letter,
    })
}
