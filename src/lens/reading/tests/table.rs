//! Properties of every protocol in the table.
