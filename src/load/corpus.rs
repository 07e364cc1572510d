//! Messages to send: made up from phrases, or taken from a file.
//!
//! What a seed yields is always the same, so that two runs judge the same messages. The texts are
//! as long as chat is (half of them under some 45 characters, a few up to 400), with the emoji,
//! accents, links and numbers that make a text dear to judge.

use serde_json::{Value, json};

/// Characters in the longest text.
const LONGEST: u16 = 400;

/// Seconds between two messages.
const APART: u64 = 5;

const OPENERS: &[&str] = &[
    "hey",
    "hi",
    "hello there",
    "good morning",
    "morning!",
    "yo",
    "ok so",
    "hmm",
    "sorry for the late reply",
    "btw",
    "quick question",
    "haha",
    "lol",
    "oh no",
    "wait",
    "thanks!",
    "yes please",
    "nope",
    "sure",
    "guten Morgen",
    "hola",
    "salut",
    "ça va ?",
    "all good here",
    "@everyone",
];
const SUBJECTS: &[&str] = &[
    "the driver",
    "my sister",
    "our team",
    "the new version",
    "the landlord",
    "somebody from support",
    "your parcel",
    "the match tonight",
    "the meeting",
    "that restaurant",
    "the doctor",
    "my phone",
    "the invoice",
    "Zoë",
    "Jürgen",
    "the second photo",
    "everyone in the group",
    "the ticket I opened",
    "the bike",
    "the recipe",
];
const PREDICATES: &[&str] = &[
    "is running ten minutes late",
    "looks much better than yesterday",
    "still has not arrived",
    "moved to Thursday",
    "was great, you should come next time",
    "keeps crashing when I open the camera",
    "needs a bit more salt",
    "will be there at {n}",
    "costs {n} now, which is a lot",
    "said we can pick it up after {n}",
    "is waiting at the north entrance",
    "won again, can you believe it",
    "got cancelled because of the rain",
    "has been fixed, please try once more",
    "sent the wrong size",
    "is closed on Mondays",
];
const QUESTIONS: &[&str] = &[
    "are you coming tonight?",
    "what time works for you?",
    "can you send me the address again?",
    "did you see what {name} wrote?",
    "how was the trip?",
    "is this still available?",
    "would {n} be ok?",
    "who is bringing the drinks?",
    "any news from {name}?",
    "shall we call later?",
    "¿vienes mañana?",
    "kannst du mich um {n} abholen?",
];
const CLOSERS: &[&str] = &[
    "see you there",
    "no worries",
    "talk soon",
    "👍",
    "😂😂",
    "❤️",
    "thank you so much 🙏",
    "good luck!!",
    "bis später",
    "à bientôt",
    "let me know",
    "take care",
    "https://example.com/p/{n}",
    "www.example.org/maps?q={n}",
    "ttyl",
    "…",
    "call me on 555 01{n}",
    "#weekend",
    "and bring a jacket, it gets cold",
    "I will check and come back to you",
];
const NAMES: &[&str] = &[
    "Alice", "Bob", "Chloé", "Dmitri", "Esra", "Femi", "Grace", "Hiroshi", "Inés", "Jonas", "Khadija",
    "Liam", "Mei", "Noor", "Olga", "Priya", "Quentin", "Rosa", "Søren", "Tariq", "Uma", "Vikram", "Wanda",
    "Xavier", "Yara", "Zoltán",
];

/// A stream of numbers from a seed (`splitmix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number under `end`, which is at least 1.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// From 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        let place = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        from[place]
    }

    /// How long a message is: log-normal about a median of 45 characters, as chat is.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 2 and 400")]
    fn length(&mut self) -> usize {
        // the sum of twelve even shares is near enough to a normal distribution
        let normal = (0..12).map(|_| self.share()).sum::<f64>() - 6.0;
        (45.0 * (0.8 * normal).exp()).clamp(2.0, f64::from(LONGEST)) as usize
    }
}

/// `count` texts of messages, always the same for a seed.
#[must_use]
pub fn texts(seed: u64, count: usize) -> Vec<String> {
    let mut numbers = Numbers(seed);
    (0..count).map(|_| text(&mut numbers)).collect()
}

/// `count` bodies of `CometChat`'s `before_message`, always the same for a seed.
#[must_use]
pub fn bodies(seed: u64, count: usize) -> Vec<Vec<u8>> {
    texts(seed, count).iter().zip(1_u64..).map(|(text, n)| body(seed, n, text)).collect()
}

/// The bodies for a file's lines: a line that is a JSON object is a body as it stands, any other
/// is the text of a message. Blank lines are left out.
#[must_use]
pub fn from_lines(lines: &str) -> Vec<Vec<u8>> {
    let is_body = |line: &str| line.starts_with('{') && serde_json::from_str::<Value>(line).is_ok();
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let each = lines.zip(1_u64..);
    each.map(|(line, n)| if is_body(line) { line.into() } else { body(0, n, line) }).collect()
}

fn text(numbers: &mut Numbers) -> String {
    let wanted = numbers.length();
    let mut text = String::new();
    let mut length = 0;
    while length < wanted {
        let phrase = phrase(numbers, wanted - length);
        let phrase_length = phrase.chars().count();
        if length > 0 {
            // what would overshoot by more than half of itself is left out
            if length + phrase_length / 2 > wanted || length + 2 + phrase_length > usize::from(LONGEST) {
                break;
            }
            text.push_str(numbers.pick(&[" ", ", ", ". ", " ", "! ", "\n"]));
        }
        text.push_str(&phrase);
        length = text.chars().count();
    }
    match numbers.below(20) {
        0 => text.to_uppercase(),
        _ => text,
    }
}

fn phrase(numbers: &mut Numbers, room: usize) -> String {
    let template = match numbers.below(10) {
        _ if room < 14 => numbers.pick(if room.is_multiple_of(2) { OPENERS } else { CLOSERS }).to_owned(),
        0..2 => numbers.pick(OPENERS).to_owned(),
        2..5 if room > 30 => format!("{} {}", numbers.pick(SUBJECTS), numbers.pick(PREDICATES)),
        5..8 => numbers.pick(QUESTIONS).to_owned(),
        _ => numbers.pick(CLOSERS).to_owned(),
    };
    let number = (numbers.below(90) + 10).to_string();
    template.replace("{n}", &number).replace("{name}", numbers.pick(NAMES))
}

/// The body of the message of a number, which is 1 for the first. Every third goes on where the one
/// before it was: the same sender in the same conversation, seconds later.
fn body(seed: u64, number: u64, text: &str) -> Vec<u8> {
    let mut first = number;
    let of = |number: u64| Numbers(seed ^ (number << 20));
    while first > 1 && of(first).below(3) == 0 {
        first -= 1;
    }
    let numbers = &mut of(first);
    let (sender_id, sender) = user(numbers);
    let group = numbers.below(3) == 0;
    let (receiver_id, receiver) = if group { chat_group(numbers) } else { user(numbers) };
    let kind = if group { "group" } else { "user" };
    let conversation =
        if group { format!("group_{receiver_id}") } else { format!("{sender_id}_user_{receiver_id}") };
    let sent_at = 1_790_000_000 + APART * number;
    let envelope = json!({
        "trigger": "before_message",
        "data": {
            "conversationId": conversation,
            "sender": sender_id,
            "receiverType": kind,
            "receiver": receiver_id,
            "category": "message",
            "type": "text",
            "data": {
                "text": text,
                "entities": {
                    "sender": {"entity": sender, "entityType": "user"},
                    "receiver": {"entity": receiver, "entityType": kind},
                },
            },
            "sentAt": sent_at,
            "updatedAt": sent_at,
        },
        "appId": "benchmark",
        "webhook": "premod-bench",
    });
    envelope.to_string().into_bytes()
}

fn user(numbers: &mut Numbers) -> (String, Value) {
    let name = numbers.pick(NAMES);
    let number = numbers.below(5000);
    let uid = format!("user-{number}");
    let entity = json!({
        "uid": uid,
        "name": format!("{name} {number}"),
        "avatar": format!("https://example.com/avatars/{number}.png"),
        "status": if number.is_multiple_of(3) { "online" } else { "offline" },
        "role": if number.is_multiple_of(50) { "agent" } else { "default" },
    });
    (uid, entity)
}

fn chat_group(numbers: &mut Numbers) -> (String, Value) {
    let number = numbers.below(200);
    let guid = format!("group-{number}");
    let entity = json!({
        "guid": guid,
        "name": format!("Group {number}"),
        "type": if number.is_multiple_of(2) { "public" } else { "private" },
        "owner": format!("user-{}", number * 7),
        "membersCount": number + 2,
    });
    (guid, entity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_seed_says_it_all() {
        assert_eq!(bodies(7, 200), bodies(7, 200));
        assert_eq!(bodies(7, 200)[..50], bodies(7, 50)[..]);
        assert_ne!(bodies(7, 200), bodies(8, 200));
        assert_eq!(bodies(7, 4000).iter().collect::<HashSet<_>>().len(), 4000);
    }

    #[test]
    fn a_third_goes_on_where_the_one_before_was() {
        let speaks = |body: &Vec<u8>| {
            let envelope: Value = serde_json::from_slice(body).expect("JSON");
            let data = &envelope["data"];
            (data["sentAt"].as_u64(), data["sender"].to_string() + &data["conversationId"].to_string())
        };
        let speaks: Vec<_> = bodies(5, 3000).iter().map(speaks).collect();
        assert!(speaks.windows(2).all(|two| two[1].0 > two[0].0), "time goes on");
        let same = speaks.windows(2).filter(|two| two[0].1 == two[1].1).count();
        assert!((900..1100).contains(&same), "{same}");
    }

    #[test]
    fn texts_are_as_long_as_chat_is() {
        let mut lengths: Vec<_> = texts(1, 4000).iter().map(|text| text.chars().count()).collect();
        lengths.sort_unstable();
        assert!((35..=55).contains(&lengths[2000]), "median {}", lengths[2000]);
        assert!((90..=200).contains(&lengths[3800]), "p95 {}", lengths[3800]);
        assert!(
            lengths[0] > 0 && lengths[3990] > 200 && lengths[3999] <= usize::from(LONGEST),
            "{}",
            lengths[3999]
        );
    }

    #[test]
    fn bodies_are_envelopes() {
        for (body, text) in bodies(3, 300).iter().zip(texts(3, 300)) {
            let envelope: Value = serde_json::from_slice(body).expect("JSON");
            let data = &envelope["data"];
            assert_eq!(envelope["trigger"], "before_message");
            assert_eq!(data["data"]["text"], text);
            assert_eq!(data["data"]["entities"]["sender"]["entity"]["uid"], data["sender"]);
            let id = if data["receiverType"] == "group" { "guid" } else { "uid" };
            assert_eq!(data["data"]["entities"]["receiver"]["entity"][id], data["receiver"]);
        }
    }

    #[test]
    fn a_line_is_a_body_or_a_text() {
        let bodies = from_lines("hello\n\n  {\"trigger\":\"x\"}\r\n{not json\n");
        assert_eq!(bodies.len(), 3);
        assert_eq!(bodies[1], b"{\"trigger\":\"x\"}");
        for (place, text) in [(0, "hello"), (2, "{not json")] {
            let envelope: Value = serde_json::from_slice(&bodies[place]).expect("JSON");
            assert_eq!(envelope["data"]["data"]["text"], text);
        }
        assert!(from_lines(" \n").is_empty());
    }
}
