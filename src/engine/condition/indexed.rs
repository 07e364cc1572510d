//! Values that are indexed where people write a call: tables and compiled patterns.
//!
//! The evaluator's functions are plain `fn`s and can carry nothing; values can.

use std::collections::HashMap;

use cel::ExecutionError;
use cel::common::traits::Indexer;
use cel::common::types::{CelBool, CelMap, CelString, DYN_TYPE, Type};
use cel::common::value::{CowVal, Val};
use regex::Regex;

use super::value::object;
use crate::engine::table::Table;

/// A table as a value: indexed by key, it gives a row, or an empty one.
#[derive(Debug)]
pub(super) struct Rows {
    rows: HashMap<String, Box<dyn Val>>,
    none: CelMap<'static>,
}

impl Rows {
    pub(super) fn new(table: Table) -> Self {
        let rows = table.rows.into_iter().map(|(key, row)| (key, object(row.into()))).collect();
        Rows { rows, none: CelMap::from(HashMap::new()) }
    }
}

/// A compiled regular expression as a value: indexed by a text, it tells whether it matches.
#[derive(Debug)]
pub(super) struct Pattern(pub(super) Regex);

fn index_text(index: &dyn Val) -> Result<&str, ExecutionError> {
    index.downcast_ref::<CelString<'_>>().map(CelString::inner).ok_or_else(|| {
        ExecutionError::UnexpectedType { got: index.get_type().name().to_owned(), want: "string".to_owned() }
    })
}

impl Indexer for Rows {
    fn get<'b, 'v>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Ok(self
            .rows
            .get(index_text(index)?)
            .map_or(CowVal::Borrowed(&self.none), |row| CowVal::Borrowed(row.as_ref())))
    }

    fn steal<'v>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(index).map(CowVal::into_owned)
    }
}

impl Indexer for Pattern {
    fn get<'b, 'v>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Ok(CowVal::owned(CelBool::from(self.0.is_match(index_text(index)?))))
    }

    fn steal<'v>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(index).map(CowVal::into_owned)
    }
}

impl Val for Rows {
    fn get_type(&self) -> &Type {
        &DYN_TYPE
    }

    fn cel_type() -> &'static Type {
        &DYN_TYPE
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(Rows { rows: self.rows.clone(), none: self.none.clone() })
    }
}

impl Val for Pattern {
    fn get_type(&self) -> &Type {
        &DYN_TYPE
    }

    fn cel_type() -> &'static Type {
        &DYN_TYPE
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(Pattern(self.0.clone()))
    }
}
