package branding

import (
	"context"
	"net/url"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

// maxTerms is Cognito's quota of terms documents in a pool.
const maxTerms = 40

type terms = shape.TermsType

func noTerms(id string) error {
	return fault.Newf(fault.ResourceNotFound, "Terms %s does not exist.", id)
}

var termsExist = fault.New(fault.TermsExists, "Terms with this name already exist for the app client.")

// CreateTerms makes a client's terms of use or its privacy policy.
func (b *Branding) CreateTerms(ctx context.Context, in *shape.CreateTermsRequest) (*terms, error) {
	if len(in.Links) == 0 {
		return nil, invalid("Links must have at least one language.")
	}
	if err := checkLinks(in.Links); err != nil {
		return nil, err
	}
	id, err := b.newID()
	if err != nil {
		return nil, err
	}
	now := b.cfg.Now()
	t := &terms{
		TermsId: &id, UserPoolId: in.UserPoolId, ClientId: in.ClientId, TermsName: in.TermsName,
		TermsSource: in.TermsSource, Enforcement: in.Enforcement, Links: in.Links,
		CreationDate: wire.At(now), LastModifiedDate: wire.At(now),
	}
	err = b.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := pool.Find(tx, *in.UserPoolId); err != nil {
			return err
		}
		if _, err := pool.FindClient(tx, *in.UserPoolId, *in.ClientId); err != nil {
			return err
		}
		if err := unnamed(tx, t); err != nil {
			return err
		}
		if err := room(tx, *in.UserPoolId, model.Terms, maxTerms, "terms documents"); err != nil {
			return err
		}
		return tx.CreateResource(&model.Resource{
			PoolID: *in.UserPoolId, Kind: model.Terms, Name: id, ClientID: *in.ClientId, Document: wire.Must(t), CreatedAt: now, ModifiedAt: now,
		})
	})
	return t, err
}

// unnamed refuses terms whose client has others of the same name.
func unnamed(tx *store.Tx, t *terms) error {
	list, err := tx.ResourcesOfClient(*t.UserPoolId, *t.ClientId, model.Terms)
	if err != nil {
		return err
	}
	for _, r := range list {
		var other terms
		if err := wire.Read(r.Document, &other); err != nil {
			return err
		}
		if r.Name != *t.TermsId && wire.Of(other.TermsName) == *t.TermsName {
			return termsExist
		}
	}
	return nil
}

// Terms tells terms by their id.
func (b *Branding) Terms(ctx context.Context, poolID, id string) (*terms, error) {
	t := new(terms)
	err := b.cfg.Store.View(ctx, func(tx *store.Tx) error {
		*t = terms{}
		_, err := find(tx, poolID, model.Terms, id, noTerms(id), t)
		return err
	})
	return t, err
}

// ListTerms tells up to limit terms of a pool with ids after the given one.
func (b *Branding) ListTerms(ctx context.Context, poolID, after string, limit int) (list []*terms, err error) {
	err = b.cfg.Store.View(ctx, func(tx *store.Tx) error {
		list = nil
		if _, err := pool.Find(tx, poolID); err != nil {
			return err
		}
		found, err := tx.Resources(poolID, model.Terms, after, limit)
		if err != nil {
			return err
		}
		for _, r := range found {
			t := new(terms)
			if err := wire.Read(r.Document, t); err != nil {
				return err
			}
			list = append(list, t)
		}
		return nil
	})
	return list, err
}

// UpdateTerms changes what the request names. Links are one value: a new map replaces the old.
func (b *Branding) UpdateTerms(ctx context.Context, in *shape.UpdateTermsRequest) (*terms, error) {
	if err := checkLinks(in.Links); err != nil {
		return nil, err
	}
	t := new(terms)
	err := b.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		*t = terms{}
		r, err := find(tx, *in.UserPoolId, model.Terms, *in.TermsId, noTerms(*in.TermsId), t)
		if err != nil {
			return err
		}
		for _, change := range []struct{ to, from **string }{
			{&t.TermsName, &in.TermsName}, {&t.TermsSource, &in.TermsSource}, {&t.Enforcement, &in.Enforcement},
		} {
			if *change.from != nil {
				*change.to = *change.from
			}
		}
		if in.Links != nil {
			t.Links = in.Links
		}
		if err := unnamed(tx, t); err != nil {
			return err
		}
		r.ModifiedAt = b.cfg.Now()
		t.LastModifiedDate = wire.At(r.ModifiedAt)
		r.Document = wire.Must(t)
		return tx.SaveResource(r)
	})
	return t, err
}

// DeleteTerms removes terms.
func (b *Branding) DeleteTerms(ctx context.Context, poolID, id string) error {
	return b.remove(ctx, poolID, model.Terms, id, noTerms(id))
}

// checkLinks accepts addresses of the web: a page shows them to be followed.
func checkLinks(links map[string]string) error {
	for language, link := range links {
		u, err := url.Parse(link)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			return invalid("The link for %s must be an absolute URL of http or https.", language)
		}
	}
	return nil
}
