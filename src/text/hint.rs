//! What a first reading has met, so that further readings look only where there is something to see.
//!
//! Most messages are plain words: they are told apart here at the price of a few comparisons a
//! character, instead of a pass for each trick that they do not hold.

/// What was met in a text.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "a note a trick")]
pub(super) struct Hints {
    /// Letters by themselves: three of them may be a word.
    pub(super) singles: usize,
    /// A sign between the word characters of a token.
    pub(super) inner_sign: bool,
    /// A capital after a small letter, a small one after capitals, a digit after a letter.
    pub(super) humps: bool,
    /// Letters that look like others side by side.
    pub(super) glyphs: bool,
    /// A sign that markup or built letters are made of.
    pub(super) built: bool,
    /// Word characters so far in this word, whether they are all the same, and how many capitals end it.
    word: usize,
    same: bool,
    capitals: usize,
    vowel: bool,
    ell: bool,
    /// Whether the token, up to the last space, has word characters.
    token: bool,
    base: char,
    sent: char,
}

impl Hints {
    /// Notes one character of the first reading, as it is read and as it was sent.
    pub(super) fn see(&mut self, base: char, sent: char, word: bool) {
        if word {
            self.inner_sign |= self.word == 0 && self.token;
            self.same = self.word == 0 || (self.same && base == self.base);
            let rises = sent.is_uppercase() && self.sent.is_lowercase();
            let falls = self.capitals >= 4 && sent.is_lowercase();
            self.humps |=
                self.word > 0 && (rises || falls || (sent.is_ascii_digit() && !self.sent.is_ascii_digit()));
            self.capitals = if sent.is_uppercase() { self.capitals + 1 } else { 0 };
            self.vowel |= matches!(base, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
            self.ell |= base == 'l';
            self.glyphs |= matches!(
                (self.base, base),
                ('r', 'n') | ('v', 'v') | ('c', 'l') | ('i' | 'l', '|' | '1') | ('|' | '1' | '!', 'i' | 'l')
            );
            self.word += 1;
            self.token = true;
        } else {
            self.end_word();
            self.token &= base != ' ';
            self.built |= matches!(
                base,
                '*' | '_'
                    | '~'
                    | '`'
                    | '|'
                    | '<'
                    | '>'
                    | '&'
                    | '['
                    | '/'
                    | '\\'
                    | '('
                    | '}'
                    | '%'
                    | '\''
                    | '"'
            );
            self.glyphs |= matches!((self.base, base), ('i' | 'l', '|' | '!') | ('|' | '!', _));
            self.singles += usize::from(matches!(base, '$' | '@' | '€' | '£' | '¢' | '¥' | '§'));
        }
        (self.base, self.sent) = (base, sent);
    }

    /// Notes that a word is over, as the text is at its end.
    pub(super) fn end_word(&mut self) {
        self.singles += usize::from(self.word == 1 || (self.word > 1 && self.same));
        self.glyphs |= self.ell && !self.vowel;
        (self.word, self.capitals, self.vowel, self.ell) = (0, 0, false, false);
    }
}
