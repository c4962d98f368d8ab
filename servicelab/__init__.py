"""Service Lab: courseware that teaches Kubernetes Services by doing. docs/architecture.md says where things are."""
