//! Tables that rules look rows up in: `lookup("hosts", host).owner`.
//!
//! Read once at load from text, so that every error has its place; the engine opens no files.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Tables by name.
#[derive(Clone, Debug, Default)]
pub struct Tables(pub BTreeMap<String, Table>);

/// Rows by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Each row is an object; missing columns are absent.
    pub rows: BTreeMap<String, Map<String, Value>>,
    /// Whether every value is known to be a string: so it is in CSV.
    pub strings: bool,
}

/// Why a table can't be read. Line and column (in characters) count from 1.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct TableError {
    /// What is wrong.
    pub message: String,
    /// Where it is.
    pub line: usize,
    /// Where in the line it is; 1 where only the line is known.
    pub column: usize,
}

impl Tables {
    /// Adds a table from CSV (RFC 4180): the first record names the columns, the first column is the
    /// key, and every value is a string.
    ///
    /// # Errors
    /// A record of another length than the first, a column or key twice or empty.
    pub fn from_csv(&mut self, name: &str, text: &str) -> Result<(), TableError> {
        self.0.insert(name.to_owned(), Table { rows: csv_rows(text)?, strings: true });
        Ok(())
    }

    /// Adds a table from JSON: an object of objects.
    ///
    /// # Errors
    /// Anything else, or a key twice.
    pub fn from_json(&mut self, name: &str, text: &str) -> Result<(), TableError> {
        let text = text.trim_start_matches('\u{feff}');
        let Unique(rows) =
            serde_json::from_str::<Unique<Unique<Value>>>(text).map_err(|error| TableError {
                message: error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
                line: error.line().max(1),
                column: error.column().max(1),
            })?;
        let rows = rows.into_iter().map(|(key, Unique(row))| (key, row.into_iter().collect())).collect();
        self.0.insert(name.to_owned(), Table { rows, strings: false });
        Ok(())
    }
}

fn csv_rows(text: &str) -> Result<BTreeMap<String, Map<String, Value>>, TableError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let columns = reader.headers().map_err(|error| csv_error(&error))?.clone();
    let wrong = |line: usize, message: String| Err(TableError { message, line, column: 1 });
    for (index, column) in columns.iter().enumerate() {
        if column.is_empty() || columns.iter().take(index).any(|other| other == column) {
            return wrong(1, format!("column {} is named `{column}`: names must differ", index + 1));
        }
    }
    let mut rows = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| csv_error(&error))?;
        let line =
            record.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(usize::MAX));
        let key = record.get(0).unwrap_or_default();
        if record.len() != columns.len() {
            return wrong(line, format!("{} values for {} columns", record.len(), columns.len()));
        }
        if key.is_empty() {
            return wrong(line, "the key is empty".to_owned());
        }
        let row =
            columns.iter().zip(&record).map(|(column, value)| (column.to_owned(), value.into())).collect();
        if rows.insert(key.to_owned(), row).is_some() {
            return wrong(line, format!("the key `{key}` is here twice"));
        }
    }
    Ok(rows)
}

fn csv_error(error: &csv::Error) -> TableError {
    let line = error.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(usize::MAX));
    TableError { message: error.to_string(), line, column: 1 }
}

/// An object in which no key comes twice: `serde_json` would keep the last one in silence.
struct Unique<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Unique<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UniqueVisitor(std::marker::PhantomData))
    }
}

struct UniqueVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for UniqueVisitor<T> {
    type Value = Unique<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object: a table is an object of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unique<T>, A::Error> {
        let mut seen = std::collections::HashSet::new();
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key `{key}` is here twice")));
            }
            entries.push((key, map.next_value()?));
        }
        Ok(Unique(entries))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_csv_and_json_alike() {
        let mut tables = Tables::default();
        tables.from_csv("c", "\u{feff}host,owner,note\nbit.ly,us,\"a, b\"\nx.y,them,\n").unwrap();
        tables.from_json("j", r#"{"bit.ly": {"owner": "us", "score": 3}}"#).unwrap();
        let row = |table: &str| Value::Object(tables.0[table].rows["bit.ly"].clone());
        assert_eq!(row("c"), json!({"host": "bit.ly", "owner": "us", "note": "a, b"}));
        assert_eq!(row("j"), json!({"owner": "us", "score": 3}));
    }

    #[test]
    fn errors_have_their_place() {
        let csv = |text| Tables::default().from_csv("t", text).unwrap_err().to_string();
        assert_eq!(csv("a,b\n1,2\n1,3\n"), "3:1: the key `1` is here twice");
        assert_eq!(csv("a,b\n1,2\n3\n"), "3:1: 1 values for 2 columns");
        assert_eq!(csv("a,a\n"), "1:1: column 2 is named `a`: names must differ");
        assert_eq!(csv("a,b\n,2\n"), "2:1: the key is empty");
        let json = |text| Tables::default().from_json("t", text).unwrap_err().to_string();
        assert_eq!(json("{\"a\": {},\n \"a\": {}}"), "2:4: the key `a` is here twice");
        assert_eq!(json("{\"a\": {\"x\": 1, \"x\": 2}}"), "1:18: the key `x` is here twice");
        assert!(json("{\"a\": 1}").starts_with("1:7: invalid type: integer `1`, expected an object"));
        assert!(json("{\"a\": ").starts_with("1:6: EOF"));
    }
}
