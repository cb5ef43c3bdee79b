"""The hub's HTTP side: typed routes, bearer token, problem details, OpenAPI generated from the types."""
