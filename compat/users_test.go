package compat

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	idp "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func TestListUsers(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, s *server) {
		p := newPool(t, s)
		for i := range 23 {
			name := fmt.Sprintf("user%02d", i)
			_, err := p.AdminCreateUser(p.ctx, &idp.AdminCreateUserInput{
				UserPoolId: p.id, Username: &name, MessageAction: types.MessageActionTypeSuppress,
				UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String(name + "@example.com")}},
			})
			if err != nil {
				t.Fatalf("AdminCreateUser %s: %v", name, err)
			}
		}
		list := func(t *testing.T, filter string, limit int32) (names []string, pages int) {
			t.Helper()
			in := &idp.ListUsersInput{UserPoolId: p.id, Limit: &limit}
			if filter != "" {
				in.Filter = &filter
			}
			for pager := idp.NewListUsersPaginator(p, in); pager.HasMorePages(); pages++ {
				page, err := pager.NextPage(p.ctx)
				if err != nil {
					t.Fatalf("ListUsers %s: %v", filter, err)
				}
				if len(page.Users) > int(limit) {
					t.Errorf("got a page of %d users, want at most %d", len(page.Users), limit)
				}
				for _, u := range page.Users {
					names = append(names, *u.Username)
					if u.UserStatus != types.UserStatusTypeForceChangePassword || !u.Enabled || u.UserCreateDate == nil {
						t.Errorf("%s: status %s, enabled %t, created %v", *u.Username, u.UserStatus, u.Enabled, u.UserCreateDate)
					}
				}
			}
			slices.Sort(names)
			return names, pages
		}
		t.Run("page by page tells every user once", func(t *testing.T) {
			names, pages := list(t, "", 10)
			if len(slices.Compact(slices.Clone(names))) != 23 || len(names) != 23 || pages < 3 {
				t.Errorf("got %d names on %d pages, want 23 different ones on at least 3: %v", len(names), pages, names)
			}
		})
		t.Run("finds by the beginning of an attribute", func(t *testing.T) {
			names, _ := list(t, `email ^= "user1"`, 4)
			if len(names) != 10 || names[0] != "user10" || names[9] != "user19" {
				t.Errorf("got %v, want user10 to user19", names)
			}
		})
		t.Run("finds one", func(t *testing.T) {
			if names, _ := list(t, `username = "user07"`, 60); !slices.Equal(names, []string{"user07"}) {
				t.Errorf("got %v, want user07", names)
			}
		})
		t.Run("refuses a filter that is none", func(t *testing.T) {
			_, err := p.ListUsers(p.ctx, &idp.ListUsersInput{UserPoolId: p.id, Filter: aws.String(`email like "x"`)})
			var invalid *types.InvalidParameterException
			if !asFault(err, &invalid) {
				t.Errorf("got %v, want InvalidParameterException", err)
			}
		})
		t.Run("tells only the attributes asked for", func(t *testing.T) {
			out, err := p.ListUsers(p.ctx, &idp.ListUsersInput{UserPoolId: p.id, AttributesToGet: []string{"email"}, Limit: aws.Int32(1)})
			if err != nil {
				t.Fatal(err)
			}
			if got := out.Users[0].Attributes; len(got) != 1 || *got[0].Name != "email" {
				t.Errorf("got %d attributes, want email alone", len(got))
			}
		})
	})
}

func TestGroups(t *testing.T) {
	t.Parallel()
	p := newPool(t, signed(t))
	p.join(t, "ann", good)
	p.join(t, "bob", good)
	create := &idp.CreateGroupInput{UserPoolId: p.id, GroupName: aws.String("editors"), Precedence: aws.Int32(5), Description: aws.String("they write")}
	if _, err := p.CreateGroup(p.ctx, create); err != nil {
		t.Fatalf("CreateGroup: %v", err)
	}
	_, err := p.CreateGroup(p.ctx, create)
	var exists *types.GroupExistsException
	if !asFault(err, &exists) {
		t.Errorf("the same group again: got %v, want GroupExistsException", err)
	}
	for _, name := range []string{"ann", "bob", "ann"} { // twice is once
		if _, err := p.AdminAddUserToGroup(p.ctx, &idp.AdminAddUserToGroupInput{UserPoolId: p.id, GroupName: create.GroupName, Username: &name}); err != nil {
			t.Fatalf("AdminAddUserToGroup %s: %v", name, err)
		}
	}
	var members []string
	for pager := idp.NewListUsersInGroupPaginator(p, &idp.ListUsersInGroupInput{UserPoolId: p.id, GroupName: create.GroupName, Limit: aws.Int32(1)}); pager.HasMorePages(); {
		page, err := pager.NextPage(p.ctx)
		if err != nil {
			t.Fatalf("ListUsersInGroup: %v", err)
		}
		for _, u := range page.Users {
			members = append(members, *u.Username)
		}
	}
	slices.Sort(members)
	if !slices.Equal(members, []string{"ann", "bob"}) {
		t.Errorf("got members %v, want ann and bob", members)
	}
	groups, _ := claims(t, p.enter(t, "ann", good).IdToken)["cognito:groups"].([]any)
	if len(groups) != 1 || groups[0] != "editors" {
		t.Errorf("got cognito:groups %v, want editors", groups)
	}
	if _, err := p.AdminRemoveUserFromGroup(p.ctx, &idp.AdminRemoveUserFromGroupInput{UserPoolId: p.id, GroupName: create.GroupName, Username: aws.String("ann")}); err != nil {
		t.Fatal(err)
	}
	out, err := p.AdminListGroupsForUser(p.ctx, &idp.AdminListGroupsForUserInput{UserPoolId: p.id, Username: aws.String("ann")})
	if err != nil || len(out.Groups) != 0 {
		t.Errorf("after removal got %v, %v, want no groups", out, err)
	}
	if _, err := p.DeleteGroup(p.ctx, &idp.DeleteGroupInput{UserPoolId: p.id, GroupName: create.GroupName}); err != nil {
		t.Fatal(err)
	}
	_, err = p.GetGroup(p.ctx, &idp.GetGroupInput{UserPoolId: p.id, GroupName: create.GroupName})
	var missing *types.ResourceNotFoundException
	if !asFault(err, &missing) {
		t.Errorf("a deleted group: got %v, want ResourceNotFoundException", err)
	}
}
