package model

import "github.com/gatehouse-id/gatehouse/internal/base/shape"

// Domain is a name under which a pool's pages are to be found: a prefix, or a
// custom domain in full. No two pools of an installation have the same.
type Domain struct {
	Name   string
	PoolID string
	Doc    *shape.DomainDescriptionType // shared by nobody: what was read can be changed
}
