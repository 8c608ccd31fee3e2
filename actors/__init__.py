"""Who says it: one module, or one package, per actor; the ports through which they act; the runtime that runs them."""
