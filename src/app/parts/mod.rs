//! Pictures of a record that every tab uses, each drawn once. They read a ledger and say what was clicked; they keep only their own
//! view state (zoom, scroll, fold).
