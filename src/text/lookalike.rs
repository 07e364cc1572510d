//! Letters of other scripts that are read as Latin ones.
//!
//! Two sources: a reviewed table of what people do use, by the shape of the letter, and behind it
//! Unicode's own confusables (UTS #39). Honest words of those scripts lose nothing by it: a pattern
//! goes the same way as the text, so that Russian patterns meet Russian words under the same keys.

use unicode_security::confusable_detection::skeleton;

/// The Latin letter that a (lower-case) letter of another script looks like.
#[must_use]
pub fn latin(c: char) -> Option<char> {
    // ASCII stands for itself, and nobody writes Latin words in Semitic, Indic, Thai or Hangul letters
    // or in ideographs.
    if matches!(c, '\0'..='\x7f' | '\u{590}'..='\u{109f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..)
    {
        return None;
    }
    reviewed(c).or_else(|| confusable(c))
}

/// Greek capitals whose shape is that of another letter than their small form's: `Η` looks like H,
/// `η` like n. Read by their shape only beside Latin letters; a Greek word stays Greek.
#[must_use]
pub fn greek_capital(c: char) -> Option<char> {
    Some(match c {
        'Η' => 'h',
        'Ν' => 'n',
        'Υ' => 'y',
        'Μ' => 'm',
        _ => return None,
    })
}

/// One letter a character, grouped by the Latin letter they are read as.
const SHAPES: &[(char, &str)] = &[
    ('a', "аαɑᴀᗩꓮₐɐⱥ"),
    ('b', "вβʙᏼᗷꓐьɓƀƃ"),
    ('c', "сϲᴄᑕꓚⅽɔƈȼ"),
    ('d', "ԁᴅᗪꓓɗđƌժ"),
    ('e', "еεєᴇᗴꓰɛǝɘɇəҽ"),
    ('f', "ғꜰᖴꓝƒϝ"),
    ('g', "ɢɡԍꓖᏀǥɠց"),
    ('h', "нһʜꓧᕼɥħհℏ"),
    ('i', "іιɪıꓲɨᎥї"),
    ('j', "јᴊꓙᒍɉʝ"),
    ('k', "кκᴋҝʞꓗᏦƙ"),
    ('l', "ʟꓡᒪłƚɫ"),
    ('m', "мᴍꓟᗰɯʍ"),
    ('n', "ηпɴꓠᑎɲƞռŋ"),
    ('o', "оοᴏσօꓳסθөø"),
    ('p', "рρᴘꓑᑭƥϸ"),
    ('q', "ԛզꓤɋ"),
    ('r', "гʀꓣᖇɹɍɾɼ"),
    ('s', "ѕꜱꓢᔕʂտ"),
    ('t', "тτᴛꓔƭŧʇț"),
    ('u', "υսᴜꓴᑌʉμ"),
    ('v', "νᴠꓦᐯѵʋʌ"),
    ('w', "ωԝᴡꓪᗯɯϣш"),
    ('x', "хχꓫ᙭ҳ"),
    ('y', "уγʏꓬүყʎɏ"),
    ('z', "ᴢꓜᘔʐƶȥ"),
];

fn reviewed(c: char) -> Option<char> {
    SHAPES.iter().find(|(_, shapes)| shapes.contains(c)).map(|(latin, _)| *latin)
}

fn confusable(c: char) -> Option<char> {
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
