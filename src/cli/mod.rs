//! THE COMMAND LINE. The same experiments, as text or JSON.
