package cognito

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-id/gatehouse/internal/base/model"
	"github.com/gatehouse-id/gatehouse/internal/base/store"
)

func TestGroups(t *testing.T) {
	r := newRig(t, anyCredentials)
	pool := r.must(t, "CreateUserPool", `{"PoolName":"x"}`).text(t, "UserPool.Id")
	r.must(t, "AdminCreateUser", fmt.Sprintf(`{"UserPoolId":%q,"Username":"ann","MessageAction":"SUPPRESS"}`, pool))
	in := func(rest string) string { return fmt.Sprintf(`{"UserPoolId":%q%s}`, pool, rest) }
	const noGroup, noUser = "Group not found.", "User does not exist."

	t.Run("a group is made, told, changed and deleted", func(t *testing.T) {
		made := r.must(t, "CreateGroup", in(`,"GroupName":"g","Description":"d","Precedence":3,"RoleArn":"arn:aws:iam::000000000000:role/x"`))
		if got := r.must(t, "GetGroup", in(`,"GroupName":"g"`)); got.body != made.body {
			t.Errorf("got  %s\nwant %s", got.body, made.body)
		}
		changed := r.must(t, "UpdateGroup", in(`,"GroupName":"g","Precedence":1`))
		if p, d := changed.find(t, "Group.Precedence"), changed.text(t, "Group.Description"); p != 1.0 || d != "d" {
			t.Errorf("got %v %q: what was not asked must stay", p, d)
		}
		r.must(t, "DeleteGroup", in(`,"GroupName":"g"`))
		refused(t, r.call(t, "GetGroup", in(`,"GroupName":"g"`)), 400, "ResourceNotFoundException", noGroup)
	})
	t.Run("a name is taken once", func(t *testing.T) {
		r.must(t, "CreateGroup", in(`,"GroupName":"once"`))
		refused(t, r.call(t, "CreateGroup", in(`,"GroupName":"once"`)), 400, "GroupExistsException", "A group with the name already exists.")
	})
	t.Run("a user joins by any name, once, and leaves", func(t *testing.T) {
		r.must(t, "CreateGroup", in(`,"GroupName":"team"`))
		for range 2 {
			r.must(t, "AdminAddUserToGroup", in(`,"GroupName":"team","Username":"ann"`))
		}
		members := r.must(t, "ListUsersInGroup", in(`,"GroupName":"team"`)).find(t, "Users").([]any)
		if len(members) != 1 || members[0].(map[string]any)["Username"] != "ann" {
			t.Errorf("got %v", members)
		}
		groups := r.must(t, "AdminListGroupsForUser", in(`,"Username":"ann"`)).find(t, "Groups").([]any)
		if len(groups) != 1 {
			t.Errorf("got %v", groups)
		}
		for range 2 {
			r.must(t, "AdminRemoveUserFromGroup", in(`,"GroupName":"team","Username":"ann"`))
		}
		if got := r.must(t, "ListUsersInGroup", in(`,"GroupName":"team"`)).body; got != `{"Users":[]}` {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a user is in a hundred groups at most", func(t *testing.T) {
		p, err := r.Pools.Pool(t.Context(), pool)
		if err != nil {
			t.Fatal(err)
		}
		err = r.Store.Update(t.Context(), func(tx *store.Tx) error {
			u, err := tx.FindUser(p, "ann")
			if err != nil {
				return err
			}
			for i := range 101 {
				g := &model.Group{PoolID: pool, Name: fmt.Sprintf("many%03d", i), CreatedAt: time.Now(), ModifiedAt: time.Now()}
				if err := tx.CreateGroup(g); err != nil {
					return err
				}
				if i < 100 {
					if err := tx.Join(pool, g.Name, u.Sub, time.Now()); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		refused(t, r.call(t, "AdminAddUserToGroup", in(`,"GroupName":"many100","Username":"ann"`)), 400, "InvalidParameterException", "A user can be in at most 100 groups.")
		r.must(t, "AdminAddUserToGroup", in(`,"GroupName":"many000","Username":"ann"`))
	})
	for _, c := range []struct{ operation, rest, code, message string }{
		{"GetGroup", `,"GroupName":"nothing"`, "ResourceNotFoundException", noGroup},
		{"UpdateGroup", `,"GroupName":"nothing"`, "ResourceNotFoundException", noGroup},
		{"DeleteGroup", `,"GroupName":"nothing"`, "ResourceNotFoundException", noGroup},
		{"ListUsersInGroup", `,"GroupName":"nothing"`, "ResourceNotFoundException", noGroup},
		{"AdminAddUserToGroup", `,"GroupName":"nothing","Username":"ann"`, "ResourceNotFoundException", noGroup},
		{"AdminAddUserToGroup", `,"GroupName":"once","Username":"nobody"`, "UserNotFoundException", noUser},
		{"AdminRemoveUserFromGroup", `,"GroupName":"once","Username":"nobody"`, "UserNotFoundException", noUser},
		{"AdminListGroupsForUser", `,"Username":"nobody"`, "UserNotFoundException", noUser},
	} {
		t.Run(c.operation+" of what is not there", func(t *testing.T) {
			refused(t, r.call(t, c.operation, in(c.rest)), 400, c.code, c.message)
			other := strings.ReplaceAll(in(c.rest), pool, "us-east-1_Nothing")
			refused(t, r.call(t, c.operation, other), 400, "ResourceNotFoundException", "User pool us-east-1_Nothing does not exist.")
		})
	}
}
