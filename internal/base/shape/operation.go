package shape

import (
	"slices"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
)

// Operation is one call of the API.
type Operation struct {
	// Name is the part of X-Amz-Target after the dot.
	Name string
	// Unsigned calls carry no SigV4 signature: a client id, an access token or
	// a session in the body says who calls.
	Unsigned bool
	// NoOutput calls answer with an empty body; all others have a response struct.
	NoOutput bool
	// New returns a pointer to an empty input.
	New func() Input
	// Errors are the codes that the model lists for this call, in its order.
	Errors []fault.Code
}

// Input is what a call carries.
type Input interface {
	// Check returns nil, or an InvalidParameterException in the words of AWS.
	Check() error
}

// Lookup finds an operation by its exact name.
func Lookup(name string) (*Operation, bool) {
	i, found := slices.BinarySearchFunc(Operations, name, func(op Operation, name string) int {
		return strings.Compare(op.Name, name)
	})
	if !found {
		return nil, false
	}
	return &Operations[i], true
}
