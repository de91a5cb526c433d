//! Forms as browsers and curl send them, and as nobody should.

use proptest::prelude::*;

use super::*;

fn text(name: &str, value: &str) -> FormField {
    FormField { name: name.to_owned(), value: FormValue::Text(value.to_owned()) }
}

fn multipart(boundary: &str, content: impl Into<Bytes>) -> Result<FormData, FormError> {
    FormData::read(&format!("multipart/form-data; boundary={boundary}"), &content.into())
}

#[test]
fn the_first_media_type_is_read_as_the_url_standard_says() {
    let form =
        FormData::read(URLENCODED, &Bytes::from_static(b"name=Susan+B.&note=1%2B1%3d2&&monkeys&=x&name=2")).unwrap();
    let expected =
        [text("name", "Susan B."), text("note", "1+1=2"), text("monkeys", ""), text("", "x"), text("name", "2")];
    assert_eq!(form.0, expected);
    assert_eq!((form.text("name"), form.text("no")), (Some("Susan B."), None));
    let typed =
        FormData::read("Application/X-WWW-Form-Urlencoded; charset=utf-8", &Bytes::from_static(b"a=b")).unwrap();
    assert_eq!(typed.0, [text("a", "b")]);
}

#[test]
fn a_multipart_form_has_texts_and_files() {
    let content = "preamble\r\n--x-x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nGreat\r\nbook\r\n--x-x  \r\n\
                   content-disposition: form-data; name=picture; filename=\"a \\\"b%22.gif\"\r\nContent-Type: image/gif\r\n\r\n\
                   GIF89a\r\n--x-y\r\n--x-x--\r\nepilogue";
    let form = multipart("\"x-x\"", content).unwrap();
    assert_eq!(form.text("text"), Some("Great\r\nbook"));
    let file = form.file("picture").unwrap();
    assert_eq!((file.name.as_str(), file.media_type.as_str()), ("a \"b\".gif", "image/gif"));
    assert_eq!(file.content, "GIF89a\r\n--x-y");
    let none = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\r\n--b--";
    assert!(multipart("b", none).unwrap().file("f").is_none());
}

#[test]
fn what_is_wrong_or_too_much_has_its_own_error_and_status() {
    let read = |content: &[u8]| FormData::from_urlencoded(content).unwrap_err();
    for percent in [b"a=%zz".as_slice(), b"a=%2", b"%=1", b"a=100%"] {
        assert_eq!((read(percent), read(percent).status()), (FormError::PercentSign, 400));
    }
    assert_eq!(read(b"a=%ff"), FormError::NotText);
    let many = "field=1&".repeat(100_000);
    assert_eq!((read(many.as_bytes()), read(many.as_bytes()).status()), (FormError::TooManyFields, 413));
    assert_eq!(read(format!("a={}", "x".repeat(MAX_FORM_TEXT + 1)).as_bytes()), FormError::LongText);
    assert_eq!(read(format!("a={}", "x".repeat(MAX_FORM_TEXT * 3 + 1)).as_bytes()), FormError::LongText);
    assert_eq!(read(format!("{}=", "x".repeat(MAX_FORM_NAME + 1)).as_bytes()), FormError::LongName);
    let other = FormData::read("application/json", &Bytes::from_static(b"{}")).unwrap_err();
    assert_eq!(other.status(), 415);
    for (boundary, content, expected) in [
        ("", "--\r\n", FormError::Boundary),
        ("x", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb", FormError::CutShort),
        ("x", "no delimiter", FormError::CutShort),
        ("x", "--x", FormError::CutShort),
        ("x", "--xy\r\n", FormError::PartHead),
        ("x", "--x\r\nno empty line\r\n--x--", FormError::PartHead),
        ("x", "--x\r\nContent-Type: text/plain\r\n\r\nb\r\n--x--", FormError::NoName),
        ("x", "--x\r\nContent-Disposition: attachment; name=a\r\n\r\nb\r\n--x--", FormError::NoName),
        ("x", "--x\r\nContent-Disposition: form-data\r\n\r\nb\r\n--x--", FormError::NoName),
    ] {
        assert_eq!(multipart(boundary, content).unwrap_err(), expected, "{content:?}");
    }
    let part =
        |head: &str, content: &str| format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n--x--");
    let large = "x".repeat(MAX_FORM_FILE + 1);
    assert_eq!(multipart("x", part("name=a; filename=b", &large)).unwrap_err(), FormError::LongFile);
    assert_eq!(multipart("x", part("name=a", &large)).unwrap_err(), FormError::LongText);
    assert_eq!(multipart("x", part(&format!("name={large}"), "")).unwrap_err(), FormError::LongPartHead);
    let parts = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n".repeat(MAX_FORM_FIELDS + 1);
    assert_eq!(multipart("x", format!("{parts}--x--")).unwrap_err(), FormError::TooManyFields);
    assert!(multipart(&"b".repeat(71), "").is_err_and(|error| error == FormError::Boundary));
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(octets: Vec<u8>, content_type: String) {
        FormData::from_urlencoded(&octets).ok();
        FormData::read(&content_type, &octets.into()).ok();
    }

    #[test]
    fn any_multipart_text_is_read_or_refused(content in "(--x|\r\n|Content-Disposition: form-data|; name=|\"|a|-|:){0,40}") {
        multipart("x", content).ok();
    }

    #[test]
    fn what_was_encoded_is_read_back(name in "[^\\x00]{1,40}", value in "\\PC{0,80}") {
        let sent = url::form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
        prop_assert_eq!(FormData::from_urlencoded(sent.as_bytes()).unwrap().0, [text(&name, &value)]);
    }
}
