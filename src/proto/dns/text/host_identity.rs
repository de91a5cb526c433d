//! HIP: a host's identity, its public key, and the servers through which it is met: `2 200100107B1A74DF AwEAAbdx rvs.example.com.`
//! RFC 8005 §5 (octets), §6 (text).

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    Name, TextError, Word, hex,
    name::{name_from_text, name_octets, name_text},
    octets::RdataOctets,
};

/// The octets from the words of the text.
pub(super) fn from_words(words: &[Word], origin: &Name) -> Result<Vec<u8>, TextError> {
    let mut words = words.iter();
    let mut word = |expected| words.next().ok_or(TextError::Missing { expected });
    let text = &word("a public key algorithm")?.text;
    let algorithm: u8 = text.parse().map_err(|_reason| TextError::unfit(text, "a public key algorithm"))?;
    let text = &word("a host identity tag in hex")?.text;
    let tag = hex::octets(text).filter(|tag| !tag.is_empty());
    let tag = tag.ok_or_else(|| TextError::unfit(text, "a host identity tag in hex, without spaces,"))?;
    let tag_length = u8::try_from(tag.len()).map_err(|_too_long| TextError::LongString)?;
    let text = &word("a public key in base 64")?.text;
    let key = BASE64_STANDARD.decode(text).ok().filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| TextError::unfit(text, "a public key in base 64, without spaces,"))?;
    let key_length = u16::try_from(key.len()).map_err(|_too_long| TextError::LongKey)?;
    let mut octets = vec![tag_length, algorithm];
    octets.extend(key_length.to_be_bytes());
    octets.extend(tag);
    octets.extend(key);
    for server in words {
        octets.extend(name_octets(&name_from_text(&server.text, origin)?));
    }
    Ok(octets)
}

/// As text; `None` where the octets are too few, or tag or key is empty.
pub(super) fn text(from: &mut RdataOctets<'_>) -> Option<String> {
    let (tag_length, algorithm, key_length) = (from.u8()?, from.u8()?, from.u16()?);
    if tag_length == 0 || key_length == 0 {
        return None;
    }
    let tag = hex::capitals(from.take(tag_length.into())?);
    let key = BASE64_STANDARD.encode(from.take(key_length.into())?);
    let mut text = format!("{algorithm} {tag} {key}");
    while !from.0.is_empty() {
        text.push(' ');
        text.push_str(&name_text(&from.name()?));
    }
    Some(text)
}
