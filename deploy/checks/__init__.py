"""What can be proven of templates, manifests, compose file and Dockerfile, without an account."""
