//! Every recorded binlog file, decoded and compared value by value with what
//! the server's own SELECT showed. The text forms here are written from the
//! captures' description, not with the product's serializers.

mod expected;
mod reader;

use std::path::PathBuf;

use tidewire_engine::rows::JsonDoubles;

use expected::{Capture, assert_equal, assert_source_documents};
use reader::{Options, read};

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/captures").join(name)
}

fn mysql(name: &str) {
    let path = folder("mysql-9.7").join(name);
    let capture = Capture::load(&path);
    let changes = read(&[path.join("binlog.bin")], &capture, &Options::default()).expect("readable");
    assert_equal(&capture, &changes, false);
}

fn binlog_service(name: &str, files: &[&str]) {
    let path = folder("obbinlog-2.0.1").join(name);
    let capture = Capture::load(&path);
    let files: Vec<PathBuf> = files.iter().map(|file| path.join(file)).collect();
    // The expected values are those of the stored bytes, reversed doubles too.
    let options = Options { binlog_service: true, ..Options::default() };
    let changes = read(&files, &capture, &options).expect("readable");
    assert_equal(&capture, &changes, true);
}

#[test]
fn mysql_every_type_with_minimal_metadata() {
    mysql("types-metadata-minimal");
}

#[test]
fn mysql_every_type_with_full_metadata() {
    mysql("types-metadata-full");
}

#[test]
fn mysql_full_metadata_tells_all_that_is_needed() {
    let path = folder("mysql-9.7/types-metadata-full");
    let capture = Capture::load(&path);
    let options = Options { told: true, ..Options::default() };
    let changes = read(&[path.join("binlog.bin")], &capture, &options).expect("readable");
    assert_equal(&capture, &changes, false);
}

#[test]
fn mysql_every_type_in_compressed_transactions() {
    mysql("types-compressed");
}

#[test]
fn mysql_json_as_full_images() {
    mysql("json-full");
}

#[test]
fn mysql_json_as_differences() {
    mysql("json-partial");
}

#[test]
fn binlog_service_every_type() {
    binlog_service("types", &["mysql-bin.000001"]);
}

#[test]
fn binlog_service_documents_with_reversed_doubles() {
    let path = folder("obbinlog-2.0.1/types");
    let capture = Capture::load(&path);
    let options = Options { binlog_service: true, json_doubles: JsonDoubles::Reversed, ..Options::default() };
    let changes = read(&[path.join("mysql-bin.000001")], &capture, &options).expect("readable");
    let checked = assert_source_documents(&path, &changes);
    assert!(checked >= 7, "only {checked} documents with numbers");
}

#[test]
fn binlog_service_four_files_of_transactions() {
    let files = ["mysql-bin.000001", "mysql-bin.000002", "mysql-bin.000003", "mysql-bin.000004"];
    binlog_service("txns", &files);
}

#[test]
fn binlog_service_ddl_between_rows() {
    binlog_service("ddl", &["mysql-bin.000001"]);
}

#[test]
fn binlog_service_after_its_crash() {
    binlog_service("crash", &["after/mysql-bin.000001", "after/mysql-bin.000002"]);
}

#[test]
fn mysql_minimal_row_images_are_refused() {
    let path = folder("mysql-9.7/images");
    let capture = Capture::load(&path);
    let error = read(&[path.join("binlog.bin")], &capture, &Options::default()).expect_err("refused");
    assert!(error.to_string().contains("binlog_row_image"), "{error}");
}

#[test]
fn binlog_service_shifted_rows_are_refused() {
    let path = folder("obbinlog-2.0.1/broken");
    let capture = Capture::load(&path);
    let options = Options { binlog_service: true, json_doubles: JsonDoubles::Reversed, ..Options::default() };
    let error = read(&[path.join("mysql-bin.000001")], &capture, &options).expect_err("refused");
    assert!(error.to_string().contains("the log can't be read"), "{error}");
}

#[test]
fn mysql_ddl_between_rows() {
    mysql("ddl");
}
