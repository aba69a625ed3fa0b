"""View models: frozen values with everything that a template shows, already decided. Pure."""
