//! Pages for those who know a user name and its password: Basic authentication. RFC 7617; RFC 9110 §11.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

use super::{exchange::OriginResponse, pages::refusal};
use crate::{lab::site_file::Protected, proto::http::message::Fields};

/// 401 with a challenge where the request does not bring the right credentials.
pub(crate) fn refusal_of(at: &Protected, fields: &Fields) -> Option<OriginResponse> {
    let sentence = match credentials(fields) {
        Ok((user, password)) if user == at.user && password == at.password => return None,
        Ok((user, _)) => format!("The user name or the password is wrong: {user} does not get in."),
        Err(CredentialsError::Absent) => {
            "This page is for those who know its password. The WWW-Authenticate line says how to send it.".to_owned()
        }
        Err(error) => format!("The credentials cannot be read: {error}."),
    };
    let challenge = format!("Basic realm=\"{}\", charset=\"UTF-8\"", at.realm);
    Some(refusal(401, &sentence, Some("RFC 9110 §15.5.2")).with("WWW-Authenticate", challenge))
}

/// Why there are no credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum CredentialsError {
    #[error("there is no Authorization line")]
    Absent,
    #[error("their scheme is {scheme}, and Basic is asked for")]
    OtherScheme { scheme: String },
    #[error("after Basic stands no base64")]
    NotBase64,
    #[error("the decoded octets are not UTF-8, as the challenge asks for")]
    NotText,
    #[error("no colon stands between user name and password")]
    NoColon,
}

/// ```text
/// credentials = "Basic" 1*SP base64(user-id ":" password)
/// ```
fn credentials(fields: &Fields) -> Result<(String, String), CredentialsError> {
    let value = fields.values("Authorization").next().ok_or(CredentialsError::Absent)?;
    let text = String::from_utf8_lossy(value);
    let (scheme, token) = text.split_once(' ').unwrap_or((&text, ""));
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(CredentialsError::OtherScheme { scheme: scheme.to_owned() });
    }
    let token = Some(token.trim()).filter(|token| !token.is_empty()).ok_or(CredentialsError::NotBase64)?;
    let octets = BASE64.decode(token).map_err(|_not_base64| CredentialsError::NotBase64)?;
    let pair = String::from_utf8(octets).map_err(|_not_utf8| CredentialsError::NotText)?;
    let (user, password) = pair.split_once(':').ok_or(CredentialsError::NoColon)?;
    Ok((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod credentials_are_read {
    use super::*;

    fn read(value: &str) -> Result<(String, String), CredentialsError> {
        let mut fields = Fields::default();
        fields.push("authorization", value.to_owned());
        credentials(&fields)
    }

    #[test]
    fn as_rfc_7617_has_them() {
        // The example of §2, and the one of §2.1.
        assert_eq!(read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Ok(("Aladdin".into(), "open sesame".into())));
        assert_eq!(read("basic  dGVzdDoxMjPCow=="), Ok(("test".into(), "123£".into())));
        assert_eq!(read("Basic YTpiOmM="), Ok(("a".into(), "b:c".into())), "a password may have colons");
    }

    #[test]
    fn or_what_is_wrong_with_them_is_said() {
        assert_eq!(credentials(&Fields::default()), Err(CredentialsError::Absent));
        assert_eq!(read("Bearer x"), Err(CredentialsError::OtherScheme { scheme: "Bearer".into() }));
        assert_eq!(read("Basic"), Err(CredentialsError::NotBase64));
        assert_eq!(read("Basic !"), Err(CredentialsError::NotBase64));
        assert_eq!(read("Basic /w=="), Err(CredentialsError::NotText));
        assert_eq!(read("Basic YWJj"), Err(CredentialsError::NoColon));
    }
}
