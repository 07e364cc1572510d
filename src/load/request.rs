//! A request that is sent again and again, and each time tells of another moment.
//!
//! A run goes round a few thousand bodies many times. Sent as they are, each would meet itself as
//! what the same sender wrote a moment ago, more often the faster the server is. So in each round
//! the times in a body are later, by more than all bodies lie apart: what follows what stays the same.

use std::ops::Range;

/// The keys whose values are moved on.
const KEYS: [&[u8]; 2] = [b"\"sentAt\":", b"\"updatedAt\":"];
/// Digits of a time in seconds since 1970, and of one in milliseconds.
const DIGITS: [usize; 2] = [10, 13];

/// The bytes of a whole request, and where they tell the time.
pub(super) struct Request {
    bytes: Vec<u8>,
    times: Vec<Time>,
}

/// A time in a request.
struct Time {
    place: Range<usize>,
    /// In its own unit.
    value: u64,
    /// How many of its units are a second.
    per_second: u64,
}

impl Request {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let times = KEYS.iter().flat_map(|key| times(&bytes, key)).collect();
        Request { bytes, times }
    }

    /// The times it tells, in seconds.
    pub(super) fn seconds(&self) -> impl Iterator<Item = u64> {
        self.times.iter().map(|time| time.value / time.per_second)
    }

    /// The bytes, with all times later by so many seconds. A time that would need another digit stays.
    pub(super) fn later<'a>(&'a self, seconds: u64, memory: &'a mut Vec<u8>) -> &'a [u8] {
        if seconds == 0 || self.times.is_empty() {
            return &self.bytes;
        }
        self.bytes.clone_into(memory);
        for Time { place, value, per_second } in &self.times {
            let later = value.saturating_add(seconds.saturating_mul(*per_second));
            if later.checked_ilog10().is_some_and(|digits| digits as usize + 1 == place.len()) {
                let digits = memory[place.clone()].iter_mut().rev();
                digits.fold(later, |rest, digit| {
                    *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
                    rest / 10
                });
            }
        }
        memory
    }
}

/// How many seconds later each round is than the one before.
pub(super) fn round(requests: &[Request]) -> u64 {
    let seconds = || requests.iter().flat_map(Request::seconds);
    let apart = seconds().max().unwrap_or(0) - seconds().min().unwrap_or(0);
    // and an hour, so that the last of a round is long ago for the first of the next
    apart + 3600
}

fn times(bytes: &[u8], key: &[u8]) -> Vec<Time> {
    let mut times = Vec::new();
    let mut from = 0;
    while let Some(at) = bytes[from..].windows(key.len()).position(|window| window == key) {
        let start = from + at + key.len();
        from = start;
        let spaces = bytes[start..].iter().take_while(|byte| **byte == b' ').count();
        let start = start + spaces;
        let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value =
            std::str::from_utf8(&bytes[start..start + digits]).ok().and_then(|text| text.parse().ok());
        if let (true, Some(value)) = (DIGITS.contains(&digits), value) {
            let per_second = if digits == DIGITS[0] { 1 } else { 1000 };
            times.push(Time { place: start..start + digits, value, per_second });
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str, seconds: u64) -> String {
        let request = Request::new(body.into());
        String::from_utf8(request.later(seconds, &mut Vec::new()).to_vec()).expect("still a text")
    }

    #[test]
    fn each_time_is_told_later() {
        let body =
            r#"{"sentAt":1790000000,"a":{"sentAt": 1790000000123},"updatedAt":1799999999,"n":1790000000}"#;
        let later =
            r#"{"sentAt":1790000010,"a":{"sentAt": 1790000010123},"updatedAt":1800000009,"n":1790000000}"#;
        assert_eq!(told(body, 10), later);
        assert_eq!(told(body, 0), body);
    }

    #[test]
    fn what_is_no_time_stays() {
        for body in
            [r#"{"sentAt":0}"#, r#"{"sentAt":"1790000000"}"#, r#"{"sentAt":9999999999}"#, r#"{"sentAt":"#]
        {
            assert_eq!(told(body, 10), body);
        }
    }

    #[test]
    fn a_round_is_longer_than_all_bodies_lie_apart() {
        let at = |second: u64| Request::new(format!("{{\"sentAt\":{second}}}").into());
        assert_eq!(round(&[at(1_790_000_500), at(1_790_000_000), at(1_790_000_100)]), 4100);
        assert_eq!(round(&[]), 3600);
    }
}
