package userimport

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/wire"
)

// The columns that are no attributes.
const (
	columnMFA  = "cognito:mfa_enabled"
	columnName = "cognito:username"
)

// headerOf lists the columns of a pool, in the order in which Cognito tells them:
// the attributes that a row may set, then the other two.
func headerOf(p *model.Pool) []string {
	var columns []string
	for i := range p.Doc.SchemaAttributes {
		name := wire.Of(p.Doc.SchemaAttributes[i].Name)
		if name != "sub" && name != "identities" { // the first is ours to give, the second an identity provider's
			columns = append(columns, name)
		}
	}
	return append(columns, columnMFA, columnName)
}

// checkHeader holds the first line of a file against the pool: in any order, each
// column once. One that is left out is empty in every row. What is quoted in an
// error is a column of the pool, or cut.
func checkHeader(p *model.Pool, given []string) error {
	known := headerOf(p)
	seen := map[string]bool{}
	for _, name := range given {
		switch {
		case !slices.Contains(known, name):
			return fmt.Errorf("the header has the unknown column %.40q", name)
		case seen[name]:
			return fmt.Errorf("the header has the column %.40q twice", name)
		}
		seen[name] = true
	}
	if !seen[columnName] {
		return errors.New("the header has no column " + columnName)
	}
	return nil
}

// isBirthdate tells whether a value is a date as Cognito wants it in a file, or as
// OpenID Connect does.
func isBirthdate(value string) bool {
	for _, layout := range []string{"01/02/2006", time.DateOnly} {
		if _, err := time.Parse(layout, value); err == nil {
			return true
		}
	}
	return false
}
