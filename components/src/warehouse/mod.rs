//! Warehouses: what happened, in the owner's own tables, objects and streams.

pub mod bigquery;
pub mod clickhouse;
pub mod firehose;
pub mod kinesis;
pub mod s3;
pub mod snowflake;

mod columns;
mod records;
mod row;
