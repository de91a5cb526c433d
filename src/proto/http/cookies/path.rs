//! Paths of cookies. RFC 6265bis §5.1.4, the same as RFC 6265 §5.1.4.

/// The path of a cookie that names none: that of the request up to its last slash.
pub fn default_path(request_path: &str) -> &str {
    match request_path.rfind('/') {
        Some(last) if last > 0 && request_path.starts_with('/') => request_path.get(..last).unwrap_or("/"),
        _ => "/",
    }
}

/// Does the path of a request match that of a cookie: the same, or below it?
pub fn path_matches(request_path: &[u8], cookie_path: &[u8]) -> bool {
    request_path
        .strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || cookie_path.ends_with(b"/") || rest.starts_with(b"/"))
}

#[cfg(test)]
mod a_path {
    use super::*;

    #[test]
    fn of_a_request_gives_a_default() {
        for (path, expected) in
            [("", "/"), ("/", "/"), ("/a", "/"), ("/a/", "/a"), ("/a/b", "/a"), ("/a/b/", "/a/b"), ("a/b", "/")]
        {
            assert_eq!(default_path(path), expected, "{path}");
        }
    }

    #[test]
    fn matches_itself_and_what_is_below_it() {
        for (request, cookie, expected) in [
            ("/shop", "/shop", true),
            ("/shop/cart", "/shop", true),
            ("/shop/cart", "/shop/", true),
            ("/shopping", "/shop", false),
            ("/", "/shop", false),
            ("/shop", "/", true),
        ] {
            assert_eq!(path_matches(request.as_bytes(), cookie.as_bytes()), expected, "{request} {cookie}");
        }
    }
}
