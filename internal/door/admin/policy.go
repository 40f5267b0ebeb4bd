package admin

import (
	"context"
	"strconv"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/flow/threat"
)

// place is whose policy the path means.
func (c *call) place() threat.Place {
	return threat.Place{PoolID: c.path["pool"], ClientID: c.path["client"]}
}

// PolicyInForce is what decides about attempts in a pool, or through an app client.
type PolicyInForce struct {
	// Its own policy document as it was set; version 0: none was ever set.
	PolicyVersion
	Effective threat.Configuration `json:"effective"` // what holds in the end
}

// PolicyVersion is a policy document as it was set once.
type PolicyVersion struct {
	Version int64               `json:"version"`         // 1, 2 ...; 0: none was ever set
	Policy  *model.ThreatPolicy `json:"policy"`          // null: none, because the version took it away or there is none yet
	Author  string              `json:"author,omitzero"` // the name and id of the key that set it
	SetAt   time.Time           `json:"setAt,omitzero"`
}

func versionOf(v *model.PolicyVersion) PolicyVersion {
	out := PolicyVersion{Version: v.Version, Policy: v.Policy, Author: v.Author}
	if v.Version > 0 {
		out.SetAt = v.CreatedAt.UTC()
	}
	return out
}

// The policy document of the pool or client, and the configuration that follows
// from it, from the risk configuration and from defaults. The header ETag is its
// version, for If-Match.
func (d *Door) policy(ctx context.Context, c *call) (*PolicyInForce, error) {
	current, effective, err := d.Threat.Configured(ctx, c.place())
	if err != nil {
		return nil, err
	}
	c.etag = etag(current.Version)
	return &PolicyInForce{versionOf(&current), effective}, nil
}

// NewVersion is the version that holds from now on.
type NewVersion struct {
	Version int64 `json:"version"`
}

// Makes a policy document hold, from the body: YAML (Content-Type
// application/yaml) or JSON (application/json), as docs/guides/policy.md tells. The
// header If-Match is needed: the version that the document replaces, or * for
// whichever holds.
func (d *Door) putPolicy(ctx context.Context, c *call) (*NewVersion, error) {
	was, said, err := c.ifMatch()
	if err != nil {
		return nil, err
	}
	if !said {
		return nil, fault.New(noPrecondition, "If-Match is missing: the version that the policy replaces, or * for whichever holds.")
	}
	policy, err := c.document()
	if err != nil {
		return nil, err
	}
	version, err := d.Policies.Set(ctx, c.place(), was, policy, c.author)
	return c.newVersion(version, err)
}

// Takes the policy document away, as a new version: a client follows its pool
// again, a pool the defaults. The header If-Match may say which version it replaces.
func (d *Door) deletePolicy(ctx context.Context, c *call) (*NewVersion, error) {
	was, _, err := c.ifMatch()
	if err != nil {
		return nil, err
	}
	version, err := d.Policies.Set(ctx, c.place(), was, nil, c.author)
	return c.newVersion(version, err)
}

func (c *call) newVersion(version int64, err error) (*NewVersion, error) {
	if err != nil {
		return nil, err
	}
	c.etag = etag(version)
	return &NewVersion{version}, nil
}

// PolicyVersions is a page of versions, the newest first.
type PolicyVersions struct {
	Versions []PolicyVersion `json:"versions"`
	Next     string          `json:"next,omitzero"` // before of the next page; absent on the last
}

// The versions of the policy document, the newest first: those before a version,
// at most limit (20 unless said, up to 100).
func (d *Door) policyVersions(ctx context.Context, c *call) (*PolicyVersions, error) {
	size, err := c.limit()
	if err != nil {
		return nil, err
	}
	var before int64
	if text, ok := c.query["before"]; ok {
		if before, ok = version(text); !ok || before == 0 {
			return nil, fault.New(fault.InvalidParameter, "before is the number of a version.")
		}
	}
	list, err := d.Policies.Versions(ctx, c.place(), before, size+1)
	if err != nil {
		return nil, err
	}
	list, next := page(list, size, func(v *model.PolicyVersion) string { return strconv.FormatInt(v.Version, 10) })
	out := &PolicyVersions{Versions: make([]PolicyVersion, len(list)), Next: next}
	for i := range list {
		out.Versions[i] = versionOf(&list[i])
	}
	return out, nil
}

// Makes an earlier version hold again, as a new one. The header If-Match may say
// which version it replaces.
func (d *Door) rollbackPolicy(ctx context.Context, c *call) (*NewVersion, error) {
	was, _, err := c.ifMatch()
	if err != nil {
		return nil, err
	}
	to, ok := version(c.path["version"])
	if !ok {
		return nil, threat.ErrNoVersion
	}
	version, err := d.Policies.Rollback(ctx, c.place(), was, to, c.author)
	return c.newVersion(version, err)
}
