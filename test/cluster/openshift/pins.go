// Package openshift only pins a version: ../build takes the definitions of Route and SecurityContextConstraints from the
// folder of that module. The imports keep `go mod tidy` from dropping the requirement.
package openshift

import (
	_ "github.com/openshift/api/route/v1"
	_ "github.com/openshift/api/security/v1"
)
