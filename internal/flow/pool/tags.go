package pool

import (
	"context"
	"maps"
	"strings"

	"github.com/gatehouse-id/gatehouse/internal/base/fault"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

// ID is the id in a pool's ARN, which must be one of this region and account.
func (p *Pools) ID(arn string) (string, error) {
	id, ok := strings.CutPrefix(arn, p.arnPrefix())
	if !ok || id == "" {
		return "", fault.Newf(fault.ResourceNotFound, "Resource %s does not exist.", arn)
	}
	return id, nil
}

// Tags tells the tags of the pool with this ARN.
func (p *Pools) Tags(ctx context.Context, arn string) (map[string]string, error) {
	id, err := p.ID(arn)
	if err != nil {
		return nil, err
	}
	found, err := p.Pool(ctx, id)
	if err != nil {
		return nil, err
	}
	return found.Doc.UserPoolTags, nil
}

// Tag sets tags; others stay as they are.
func (p *Pools) Tag(ctx context.Context, arn string, tags map[string]string) error {
	return p.retag(ctx, arn, func(all map[string]string) { maps.Copy(all, tags) })
}

// Untag removes tags; a tag that is not there is none to remove.
func (p *Pools) Untag(ctx context.Context, arn string, keys []string) error {
	return p.retag(ctx, arn, func(all map[string]string) {
		for _, key := range keys {
			delete(all, key)
		}
	})
}

func (p *Pools) retag(ctx context.Context, arn string, edit func(map[string]string)) error {
	id, err := p.ID(arn)
	if err != nil {
		return err
	}
	_, err = p.change(ctx, id, func(_ *store.Tx, next *model.Pool) error {
		tags := map[string]string{}
		maps.Copy(tags, next.Doc.UserPoolTags)
		edit(tags)
		next.Doc.UserPoolTags = tags
		return checkTags(tags)
	})
	return err
}

// taggable is checkTags for what is made or changed with its tags: there it has a code of its own.
func taggable(tags map[string]string) error {
	f, refused := fault.As(checkTags(tags))
	if !refused {
		return nil
	}
	return fault.New(fault.UserPoolTagging, f.Message)
}

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return invalidf("A user pool can have at most %d tags.", maxTags)
	}
	for key := range tags {
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return invalid("Tag keys must not begin with aws:")
		}
	}
	return nil
}
