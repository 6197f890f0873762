//! Frames in both header forms, whole, cut short and too long.

use super::*;
use secrecy::SecretString;

fn frame_of(head: &[u8], form: u8, body: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(4 + head.len() + body.len()).expect("short").to_be_bytes().to_vec();
    frame.push(form);
    frame.extend_from_slice(&u32::try_from(head.len()).expect("short").to_be_bytes()[1..]);
    frame.extend_from_slice(head);
    frame.extend_from_slice(body);
    frame
}

fn received(bytes: &[u8]) -> Wire<Received> {
    let mut input = BytesMut::from(bytes);
    read(split(&mut input)?.expect("whole"))
}

#[test]
fn a_request_is_json_with_its_number_put_in_last() {
    let keys = Keys::new(&("Access".to_owned(), SecretString::from("secret")));
    let request = Request::new(11).with("topic", &"a\u{1}\"b").with("queueId", &7).with_body(&b"body"[..]);
    let mut frame = request.frame(Some(&keys));
    for number in [7, i32::MAX, 0] {
        frame.number(number);
        let length = u32::from_be_bytes(*frame.head.first_chunk().expect("length"));
        assert_eq!(length as usize, frame.head.len() - 4 + 4);
        let header: serde_json::Value = serde_json::from_slice(&frame.head[8..]).expect("JSON");
        assert_eq!(header["opaque"], number);
        assert_eq!(header["code"], 11);
        assert_eq!(header["extFields"]["topic"], "a\u{1}\"b");
        let signed: [&[u8]; 3] = [b"Access", b"7", b"a\x01\"b"];
        assert_eq!(header["extFields"]["Signature"], keys.sign(&signed, b"body"));
    }
}

#[test]
fn answers_of_both_forms_are_read() {
    let json = br#"{"code":0,"extFields":{"queueOffset":"12","gone":null},"flag":1,"language":"JAVA","opaque":5,"version":1}"#;
    let Ok(Received::Answer(5, answer)) = received(&frame_of(json, 0, b"xyz")) else { panic!("no answer") };
    assert_eq!((answer.number("queueOffset"), &*answer.body), (Some(12), &b"xyz"[..]));
    let mut binary = [0, 17, 0, 1, 0].to_vec();
    binary.extend_from_slice(&9_i32.to_be_bytes());
    binary.extend_from_slice(&1_i32.to_be_bytes());
    binary.extend_from_slice(b"\0\0\0\x02no\0\0\0\x09\0\x01k\0\0\0\x02vv");
    let Ok(Received::Answer(9, answer)) = received(&frame_of(&binary, 1, b"")) else { panic!("no answer") };
    assert_eq!((answer.code, &*answer.remark, &*answer.fields["k"]), (17, "no", "vv"));
    let asked = br#"{"code":40,"flag":0,"opaque":5}"#;
    assert_eq!(received(&frame_of(asked, 0, b"")), Ok(Received::Request));
}

#[test]
fn lengths_are_checked_before_they_are_used() {
    for begin in [[0xff; 4], [0, 0, 0, 3], *b"HTTP", [0x15, 3, 3, 0]] {
        assert!(split(&mut BytesMut::from(&begin[..])).is_err());
    }
    let mut part = BytesMut::from(&frame_of(b"{}", 0, b"body")[..9]);
    assert_eq!(split(&mut part), Ok(None));
    // A header longer than its frame, and texts longer than their header.
    assert!(received(b"\0\0\0\x04\0\0\0\x01").is_err());
    assert!(received(b"\0\0\0\x04\x07\0\0\0").is_err());
    let mut binary = [0; 13].to_vec();
    binary.extend_from_slice(b"\x7f\xff\xff\xff");
    assert!(received(&frame_of(&binary, 1, b"")).is_err());
}
