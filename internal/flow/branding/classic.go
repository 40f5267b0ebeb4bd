package branding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
	"github.com/gatehouse-id/gatehouse/internal/flow/pool"
)

// everyClient stands for all clients without a look of their own.
const everyClient = "ALL"

// LogoRoot is the path below which logos are served: the pool, whose they are, what they are.
const LogoRoot = "/_gatehouse/logo/"

// maxLogo is the size of a logo that Cognito takes, in bytes.
const maxLogo = 100 << 10

// classic is the look of the classic pages as it is kept.
type classic struct {
	CSS   *string `json:"css,omitzero"`
	Image []byte  `json:"image,omitzero"`
}

// SetClassic sets the look of a client's classic pages, or of all. A request
// replaces what was set before: sheet and logo cannot be set apart.
func (b *Branding) SetClassic(ctx context.Context, in *shape.SetUICustomizationRequest) (*shape.UICustomizationType, error) {
	if in.CSS != nil {
		if err := checkCSS(*in.CSS); err != nil {
			return nil, err
		}
	}
	if in.ImageFile != nil {
		if err := checkLogo(in.ImageFile); err != nil {
			return nil, err
		}
	}
	name := clientOrAll(in.ClientId)
	doc, err := wire.Encode(classic{in.CSS, in.ImageFile})
	if err != nil {
		return nil, err
	}
	now := b.cfg.Now()
	r := &model.Resource{PoolID: *in.UserPoolId, Kind: model.UICustomization, Name: name, Document: doc, CreatedAt: now, ModifiedAt: now}
	err = b.cfg.Store.Update(ctx, func(tx *store.Tx) error {
		if err := b.classicOf(tx, r.PoolID, name); err != nil {
			return err
		}
		if name != everyClient {
			r.ClientID = name
		}
		switch has, err := tx.Resource(r.PoolID, r.Kind, name); {
		case err == nil:
			r.CreatedAt = has.CreatedAt
			return tx.SaveResource(r)
		case !errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("read UI customization: %w", err)
		}
		return tx.CreateResource(r)
	})
	if err != nil {
		return nil, err
	}
	return b.describe(r)
}

// classicOf makes sure that there is a pool, a client where one is named, and a domain to show pages on.
func (b *Branding) classicOf(tx *store.Tx, poolID, name string) error {
	p, err := pool.Find(tx, poolID)
	if err != nil {
		return err
	}
	if name != everyClient {
		if _, err := pool.FindClient(tx, poolID, name); err != nil {
			return err
		}
	}
	if p.Doc.Domain == nil && p.Doc.CustomDomain == nil {
		return invalid("There has to be an existing domain associated with this user pool")
	}
	return nil
}

// Classic tells the look of a client's classic pages; a client without one of its own has that of all.
func (b *Branding) Classic(ctx context.Context, poolID string, clientID *string) (*shape.UICustomizationType, error) {
	name := clientOrAll(clientID)
	var found *model.Resource
	err := b.cfg.Store.View(ctx, func(tx *store.Tx) error {
		found = nil
		if _, err := pool.Find(tx, poolID); err != nil {
			return err
		}
		if name != everyClient {
			if _, err := pool.FindClient(tx, poolID, name); err != nil {
				return err
			}
		}
		for _, of := range []string{name, everyClient} {
			r, err := tx.Resource(poolID, model.UICustomization, of)
			if err == nil {
				found = r
				return nil
			}
			if !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("read UI customization: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if found == nil { // never set: Cognito answers with an empty one
		return &shape.UICustomizationType{}, nil
	}
	return b.describe(found)
}

func (b *Branding) describe(r *model.Resource) (*shape.UICustomizationType, error) {
	var c classic
	if err := wire.Read(r.Document, &c); err != nil {
		return nil, err
	}
	out := &shape.UICustomizationType{
		UserPoolId: &r.PoolID, ClientId: &r.Name, CSS: c.CSS,
		CSSVersion:   new(r.ModifiedAt.UTC().Format("20060102150405")),
		CreationDate: wire.At(r.CreatedAt), LastModifiedDate: wire.At(r.ModifiedAt),
	}
	if c.Image != nil {
		out.ImageUrl = new(b.cfg.BaseURL + LogoRoot + r.PoolID + "/" + r.Name + "/" + digest(c.Image))
	}
	return out, nil
}

// digest names a logo by what is in it, so that browsers may keep it for ever.
func digest(image []byte) string {
	sum := sha256.Sum256(image)
	return hex.EncodeToString(sum[:16])
}

// Logo is a logo as it is served.
type Logo struct {
	Type  string // image/png or image/jpeg
	Bytes []byte
	At    time.Time
}

// ErrNoLogo says that there is no such logo.
var ErrNoLogo = fault.New(fault.ResourceNotFound, "There is no such logo.")

// Logo finds a logo by the parts of its path: the pool, whose it is, its digest.
func (b *Branding) Logo(ctx context.Context, poolID, name, hash string) (*Logo, error) {
	var c classic
	var at time.Time
	err := b.cfg.Store.View(ctx, func(tx *store.Tx) error {
		c = classic{}
		r, err := tx.Resource(poolID, model.UICustomization, name)
		if errors.Is(err, store.ErrNotFound) {
			return ErrNoLogo
		}
		if err != nil {
			return fmt.Errorf("read UI customization: %w", err)
		}
		at = r.ModifiedAt
		return wire.Read(r.Document, &c)
	})
	if err != nil {
		return nil, err
	}
	if c.Image == nil || digest(c.Image) != hash {
		return nil, ErrNoLogo
	}
	kind := "image/png"
	if formatOf(c.Image) == shape.AssetExtensionTypeJpeg {
		kind = "image/jpeg"
	}
	return &Logo{kind, c.Image, at}, nil
}

func checkLogo(image []byte) error {
	if len(image) > maxLogo {
		return invalid("ImageFile can have at most %d bytes.", maxLogo)
	}
	switch formatOf(image) {
	case shape.AssetExtensionTypePng, shape.AssetExtensionTypeJpeg:
		return nil
	}
	return invalid("ImageFile must be a PNG or JPEG file.")
}

func clientOrAll(id *string) string {
	if id == nil {
		return everyClient
	}
	return *id
}
