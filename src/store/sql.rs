//! What owners need to write statements: parameters, rows, and how their own types go in and out. Nobody else names the library behind it.

pub use rusqlite::{
    Error, Params, Result, Row, ToSql, named_params, params,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Type, ValueRef},
};
