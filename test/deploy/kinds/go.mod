// Whose definitions of their kinds the API server is given, as files: nothing of these modules is compiled, and `go mod tidy` has nothing to do
// here. operators.py fetches each by its version and by go.sum.
module berth.dev/test/deploy/kinds

go 1.26

require (
	github.com/cloudnative-pg/cloudnative-pg v1.27.0
	github.com/openshift/api v0.0.0-20251015095338-264e80a2b6e7
	github.com/openshift/lvm-operator/v4 v4.20.0
	github.com/operator-framework/api v0.36.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
