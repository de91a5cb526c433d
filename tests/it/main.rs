//! Stories, dialogues and the room law. One binary: each further one would link everything again.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod architecture;
