"""Wire schemas: what crosses between services and to the outside. Changes are additive; unknown fields are ignored."""
