package store

import (
	"maps"

	"github.com/gatehouse-id/gatehouse/internal/base/filter"
	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/shape"
)

// UserQueries lists the queries of ListUsers, in PostgreSQL's words, with arguments.
func UserQueries(pool, sub, email string) map[string][]any {
	p := &model.Pool{ID: pool, Doc: &shape.UserPoolType{}}
	queries := map[string][]any{}
	for _, f := range []filter.Filter{
		{},
		{Attribute: filter.Sub, Value: sub},
		{Attribute: filter.Sub, Value: sub[:1], Prefix: true},
		{Attribute: "email", Value: email},
		{Attribute: "email", Value: "user", Prefix: true},
		{Attribute: filter.Status, Value: filter.Enabled},
	} {
		for _, after := range []Cursor{{}, {Sub: sub, Value: email}} {
			query, args := usersQuery(p, f, after)
			maps.Copy(queries, map[string][]any{new(postgres).rebind(query): append(args, 61)})
		}
	}
	return queries
}
