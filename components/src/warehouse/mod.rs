//! The events as they are, to where the owner keeps data.

pub mod clickhouse;
pub mod firehose;
pub mod kinesis;
pub mod s3;

mod records;
mod row;
