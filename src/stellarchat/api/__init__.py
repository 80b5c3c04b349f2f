"""The front doors: they translate between a wire and the services, and decide nothing."""
