package cognito_test

import (
	"testing"

	"github.com/gatehouse-id/gatehouse/internal/scene"
)

// One story: go test ./internal/door/cognito -run 'TestScenes/leaked/A_password_from'
func TestScenes(t *testing.T) {
	scene.Run(t, "testdata/*.txt")
}

func TestScenesOnPostgreSQL(t *testing.T) {
	if testing.Short() {
		t.Skip("the same stories again, on another database")
	}
	scene.RunOnPostgres(t, "testdata/*.txt")
}
