package cognito_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/base/shape"
	"github.com/gatehouse-id/gatehouse/internal/door/cognito"
	"github.com/gatehouse-id/gatehouse/internal/scene"
)

// told is what the stories tell of each operation; TestScenes proves it.
func told(t *testing.T) map[string]*scene.Told {
	t.Helper()
	all, err := scene.Tell("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range operationsServed(t) {
		if all[op.Name] == nil {
			all[op.Name] = new(scene.Told)
		}
	}
	return all
}

func TestEveryOperationHasAStory(t *testing.T) {
	stories := told(t)
	for _, op := range operationsServed(t) {
		if !stories[op.Name].Succeeds {
			t.Errorf("no story has %s succeed", op.Name)
		}
		if len(stories[op.Name].Errors) == 0 {
			t.Errorf("no story has %s refused", op.Name)
		}
	}
}

// operationsServed are the served operations, as the model has them.
func operationsServed(t *testing.T) (list []*shape.Operation) {
	t.Helper()
	for _, r := range cognito.Served() {
		op, ok := shape.Lookup(r.Name)
		if !ok {
			t.Fatalf("%s is no operation of the API", r.Name)
		}
		list = append(list, op)
	}
	return list
}

// TestEveryErrorOccursOrIsExcused holds the errors that the model lists for each
// operation against those that its stories tell, and against the excuses.
func TestEveryErrorOccursOrIsExcused(t *testing.T) {
	stories := told(t)
	needed := map[int]bool{}
	for _, op := range operationsServed(t) {
		for _, code := range op.Errors {
			excused := false
			for i, e := range cognito.Excuses {
				if e.Code != code || !e.For(op.Name) {
					continue
				}
				if !stories[op.Name].Errors[string(code)] {
					excused, needed[i] = true, true
				} else if len(e.Operations) > 0 {
					t.Errorf("%s tells %s in a story and needs no excuse: take it out of its list in excuses_test.go", op.Name, code)
				}
			}
			if !excused && !stories[op.Name].Errors[string(code)] {
				t.Errorf("%s can answer %s, says the model: tell it in a story (testdata/*.txt), or say in excuses_test.go why it cannot occur", op.Name, code)
			}
		}
	}
	for i, e := range cognito.Excuses {
		if !needed[i] {
			t.Errorf("nothing needs the excuse for %s (%v) any more: %s", e.Code, e.Operations, e.Reason)
		}
	}
}

// beyond are errors that every operation of the protocol can answer, whatever the model lists.
var beyond = []string{
	"AccessDeniedException", "SerializationException", "UnknownOperationException", "MissingAuthenticationTokenException", "UnrecognizedClientException",
	"InvalidSignatureException", "IncompleteSignatureException", "RequestEntityTooLargeException", "InvalidParameterException", "NotAuthorizedException",
}

// TestNoStrangeErrors makes sure that an operation answers with errors that its
// clients know: those of the model. Each exception has its reason.
func TestNoStrangeErrors(t *testing.T) {
	stories := told(t)
	strange := map[string]string{
		"InitiateAuth LimitExceededException":                   "Cognito bounds the messages of an hour with it, without listing it",
		"RespondToAuthChallenge LimitExceededException":         "likewise",
		"AdminCreateUser AliasExistsException":                  "documented at ForceAliasCreation, and not listed",
		"RevokeToken ResourceNotFoundException":                 "what every operation says of a client that does not exist",
		"GlobalSignOut UserNotFoundException":                   "what every operation with an access token says of a user who is gone",
		"AssociateSoftwareToken UserNotFoundException":          "likewise",
		"CompleteWebAuthnRegistration UserNotFoundException":    "likewise",
		"DeleteWebAuthnCredential UserNotFoundException":        "likewise",
		"ListWebAuthnCredentials UserNotFoundException":         "likewise",
		"StartWebAuthnRegistration UserNotFoundException":       "likewise",
		"AssociateSoftwareToken PasswordResetRequiredException": "what every operation says to a token that owes a new password",
	}
	used := map[string]bool{}
	for _, op := range operationsServed(t) {
		for _, code := range slices.Sorted(maps.Keys(stories[op.Name].Errors)) {
			known := slices.Contains(beyond, code)
			for _, c := range op.Errors {
				known = known || string(c) == code
			}
			if known {
				continue
			}
			if _, ok := strange[op.Name+" "+code]; ok {
				used[op.Name+" "+code] = true
				continue
			}
			t.Errorf("%s answers %s, which the model does not list for it: its clients cannot know it", op.Name, code)
		}
	}
	for pair, reason := range strange {
		if !used[pair] {
			t.Errorf("nothing needs the exception %s any more: %s", pair, reason)
		}
	}
}
