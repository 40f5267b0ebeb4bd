"""boto3 against a running Gatehouse. Run by scripts_test.go; where the server is
and who calls comes from the environment."""

import base64
import hashlib
import hmac
import os
import struct
import time
import unittest
import uuid

import boto3
from botocore.config import Config

GOOD = "Quiet-Harbour-71-lanterns"
BETTER = "Slow-Copper-39-windmills"
LEAKED = "Password123!"
REFUSED = "Provided password cannot be used for security reasons."

idp = boto3.client(
    "cognito-idp",
    endpoint_url=os.environ["GATEHOUSE_URL"],
    config=Config(retries={"total_max_attempts": 1}),
)

# A version of before the tiers can turn threat protection on only where the server does not ask for one.
PROTECTION = {}
if "UserPoolTier" in idp.meta.service_model.operation_model("CreateUserPool").input_shape.members:
    PROTECTION = {"UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}
elif os.environ["GATEHOUSE_TIERLESS"] == "true":
    PROTECTION = {"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}


class Story(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pool = idp.create_user_pool(PoolName="boto3", UserPoolTags={"by": "boto3"}, **PROTECTION)["UserPool"]["Id"]
        cls.client = idp.create_user_pool_client(
            UserPoolId=cls.pool,
            ClientName="app",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]["ClientId"]
        idp.set_risk_configuration(
            UserPoolId=cls.pool,
            CompromisedCredentialsRiskConfiguration={"Actions": {"EventAction": "BLOCK"}},
        )

    @classmethod
    def tearDownClass(cls):
        idp.delete_user_pool(UserPoolId=cls.pool)

    def join(self):
        name = f"user-{uuid.uuid4()}"
        idp.sign_up(ClientId=self.client, Username=name, Password=GOOD)
        idp.admin_confirm_sign_up(UserPoolId=self.pool, Username=name)
        return name

    def sign_in(self, name, password=GOOD):
        return idp.initiate_auth(
            ClientId=self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )["AuthenticationResult"]

    def refused(self, error, message, call, **arguments):
        with self.assertRaises(getattr(idp.exceptions, error)) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Message"], message)
        self.assertTrue(caught.exception.response["ResponseMetadata"]["RequestId"])


@unittest.skipUnless(PROTECTION, "this boto3 does not know UserPoolTier")
class LeakedPasswords(Story):
    def test_are_refused_at_sign_up(self):
        self.refused("InvalidPasswordException", REFUSED, idp.sign_up, ClientId=self.client, Username="ann", Password=LEAKED)
        self.refused("UserNotFoundException", "User does not exist.", idp.admin_get_user, UserPoolId=self.pool, Username="ann")

    def test_are_refused_at_a_change(self):
        access = self.sign_in(self.join())["AccessToken"]
        change = {"AccessToken": access, "PreviousPassword": GOOD}
        self.refused("InvalidPasswordException", REFUSED, idp.change_password, ProposedPassword=LEAKED, **change)
        idp.change_password(ProposedPassword=BETTER, **change)

    def test_end_in_a_reset_at_sign_in(self):
        name = self.join()
        idp.admin_set_user_password(UserPoolId=self.pool, Username=name, Password=LEAKED, Permanent=True)
        self.refused(
            "PasswordResetRequiredException",
            "Password reset required for user due to security reasons",
            self.sign_in,
            name=name,
            password=LEAKED,
        )
        status = idp.admin_get_user(UserPoolId=self.pool, Username=name)["UserStatus"]
        self.assertEqual(status, "RESET_REQUIRED")


class ChoiceBasedSignIn(Story):
    def test_by_password_chosen_and_preferred(self):
        name = self.join()
        client = idp.create_user_pool_client(
            UserPoolId=self.pool, ClientName="choice", ExplicitAuthFlows=["ALLOW_USER_AUTH"]
        )["UserPoolClient"]["ClientId"]
        start = idp.initiate_auth(ClientId=client, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": name})
        self.assertEqual(start["ChallengeName"], "SELECT_CHALLENGE")
        if "AvailableChallenges" in idp.meta.service_model.operation_model("InitiateAuth").output_shape.members:
            self.assertEqual(start["AvailableChallenges"], ["PASSWORD", "PASSWORD_SRP"])
        chosen = idp.respond_to_auth_challenge(
            ClientId=client,
            ChallengeName="SELECT_CHALLENGE",
            Session=start["Session"],
            ChallengeResponses={"USERNAME": name, "ANSWER": "PASSWORD", "PASSWORD": GOOD},
        )
        self.assertIn("AccessToken", chosen["AuthenticationResult"])
        preferred = {"USERNAME": name, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": GOOD}
        tokens = idp.initiate_auth(ClientId=client, AuthFlow="USER_AUTH", AuthParameters=preferred)["AuthenticationResult"]
        self.assertEqual(idp.get_user(AccessToken=tokens["AccessToken"])["Username"], name)
        preferred["PASSWORD"] = BETTER
        self.refused(
            "NotAuthorizedException",
            "Incorrect username or password.",
            idp.initiate_auth,
            ClientId=client,
            AuthFlow="USER_AUTH",
            AuthParameters=preferred,
        )


class Users(Story):
    def test_sign_in_and_refresh(self):
        name = self.join()
        tokens = self.sign_in(name)
        self.assertEqual(idp.get_user(AccessToken=tokens["AccessToken"])["Username"], name)
        again = idp.initiate_auth(
            ClientId=self.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]}
        )["AuthenticationResult"]
        self.assertNotEqual(again["AccessToken"], tokens["AccessToken"])
        idp.revoke_token(ClientId=self.client, Token=tokens["RefreshToken"])
        self.refused(
            "NotAuthorizedException", "Access Token has been revoked", idp.get_user, AccessToken=again["AccessToken"]
        )

    def test_a_wrong_password_is_refused(self):
        self.refused("NotAuthorizedException", "Incorrect username or password.", self.sign_in, name=self.join(), password=BETTER)

    def test_are_listed_page_by_page(self):
        names = {self.join() for _ in range(5)}
        pages = idp.get_paginator("list_users").paginate(UserPoolId=self.pool, PaginationConfig={"PageSize": 2})
        self.assertLessEqual(names, {user["Username"] for page in pages for user in page["Users"]})

    def test_are_put_in_groups(self):
        name = self.join()
        idp.create_group(UserPoolId=self.pool, GroupName="editors", Precedence=1)
        idp.admin_add_user_to_group(UserPoolId=self.pool, GroupName="editors", Username=name)
        groups = idp.admin_list_groups_for_user(UserPoolId=self.pool, Username=name)["Groups"]
        self.assertEqual([group["GroupName"] for group in groups], ["editors"])


@unittest.skipUnless(PROTECTION, "this version of boto3 cannot turn threat protection on")
class Events(Story):
    def events(self, name):
        pages = idp.get_paginator("admin_list_user_auth_events").paginate(
            UserPoolId=self.pool, Username=name, PaginationConfig={"PageSize": 1}
        )
        return [event for page in pages for event in page["AuthEvents"]]

    def test_are_listed_page_by_page_and_answered(self):
        name = self.join()
        self.sign_in(name)
        newest, oldest = self.events(name)
        self.assertEqual((newest["EventType"], newest["EventResponse"]), ("SignIn", "Pass"))
        self.assertEqual(newest["ChallengeResponses"], [{"ChallengeName": "Password", "ChallengeResponse": "Success"}])
        self.assertEqual(oldest["EventType"], "SignUp")
        self.assertLess(abs(newest["CreationDate"].timestamp() - time.time()), 60)
        idp.admin_update_auth_event_feedback(
            UserPoolId=self.pool, Username=name, EventId=newest["EventId"], FeedbackValue="Valid"
        )
        feedback = self.events(name)[0]["EventFeedback"]
        self.assertEqual((feedback["FeedbackValue"], feedback["Provider"]), ("Valid", "Admin"))

    def test_of_others_are_not_answered(self):
        self.refused(
            "ResourceNotFoundException", "Event does not exist.", idp.admin_update_auth_event_feedback,
            UserPoolId=self.pool, Username=self.join(), EventId=str(uuid.uuid4()), FeedbackValue="Invalid",
        )


def totp(secret, steps=0):
    """What an authenticator app shows, so many steps of 30 seconds from now (RFC 6238)."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30 + steps), hashlib.sha1).digest()
    return f"{(struct.unpack_from('>I', mac, mac[19] & 15)[0] & 0x7FFFFFFF) % 1_000_000:06}"


class SecondFactors(Story):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        idp.set_user_pool_mfa_config(
            UserPoolId=cls.pool, MfaConfiguration="ON", SoftwareTokenMfaConfiguration={"Enabled": True}
        )

    def begin(self, name):
        return idp.initiate_auth(
            ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": GOOD}
        )

    def answer(self, name, challenge, session, **responses):
        return idp.respond_to_auth_challenge(
            ClientId=self.client, ChallengeName=challenge, Session=session, ChallengeResponses={"USERNAME": name, **responses}
        )

    def test_are_set_up_and_then_asked_for(self):
        name = self.join()
        begun = self.begin(name)
        self.assertEqual(begun["ChallengeName"], "MFA_SETUP")
        self.assertEqual(begun["ChallengeParameters"]["MFAS_CAN_SETUP"], '["SOFTWARE_TOKEN_MFA"]')
        app = idp.associate_software_token(Session=begun["Session"])
        self.refused(
            "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA",
            idp.verify_software_token, Session=app["Session"], UserCode="000000",
        )
        verified = idp.verify_software_token(
            Session=app["Session"], UserCode=totp(app["SecretCode"]), FriendlyDeviceName="phone"
        )
        self.assertEqual(verified["Status"], "SUCCESS")
        tokens = self.answer(name, "MFA_SETUP", verified["Session"])["AuthenticationResult"]
        self.assertEqual(idp.get_user(AccessToken=tokens["AccessToken"])["UserMFASettingList"], ["SOFTWARE_TOKEN_MFA"])

        asked = self.begin(name)
        self.assertEqual(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA")
        self.assertEqual(asked["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"], "phone")
        again = dict(name=name, challenge="SOFTWARE_TOKEN_MFA", session=asked["Session"])
        self.refused("CodeMismatchException", "Invalid code received for user", self.answer, **again, SOFTWARE_TOKEN_MFA_CODE="000000")
        self.assertIn("AuthenticationResult", self.answer(**again, SOFTWARE_TOKEN_MFA_CODE=totp(app["SecretCode"], 1)))
        self.refused(
            "NotAuthorizedException", "Invalid session for the user, session can only be used once.",
            self.answer, **again, SOFTWARE_TOKEN_MFA_CODE=totp(app["SecretCode"], 1),
        )

    def test_are_preferred_by_an_administrator(self):
        self.refused(
            "InvalidParameterException", "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
            idp.admin_set_user_mfa_preference, UserPoolId=self.pool, Username=self.join(),
            SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
        )

    def test_are_told_of_the_pool(self):
        config = idp.get_user_pool_mfa_config(UserPoolId=self.pool)
        self.assertEqual(config["MfaConfiguration"], "ON")
        self.assertEqual(config["SoftwareTokenMfaConfiguration"], {"Enabled": True})


class Devices(Story):
    def setUp(self):
        idp.update_user_pool(UserPoolId=self.pool, DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": True}, **PROTECTION)

    def test_are_confirmed_and_kept_by_their_user(self):
        tokens = self.sign_in(self.join())
        key = tokens["NewDeviceMetadata"]["DeviceKey"]
        mine = dict(AccessToken=tokens["AccessToken"], DeviceKey=key)
        self.refused("ResourceNotFoundException", "Device does not exist.", idp.get_device, **mine)
        salt = b"\x40" + os.urandom(15)
        self.assertTrue(idp.confirm_device(**mine, DeviceName="laptop", DeviceSecretVerifierConfig={
            "PasswordVerifier": base64.b64encode(b"\x01" + os.urandom(383)).decode(), "Salt": base64.b64encode(salt).decode(),
        })["UserConfirmationNecessary"])
        self.refused("DeviceKeyExistsException", "The device is confirmed already.", idp.confirm_device, **mine)
        idp.update_device_status(**mine, DeviceRememberedStatus="remembered")
        listed = idp.list_devices(AccessToken=tokens["AccessToken"])["Devices"]
        self.assertEqual([device["DeviceKey"] for device in listed], [key])
        idp.forget_device(**mine)
        self.assertEqual(idp.list_devices(AccessToken=tokens["AccessToken"])["Devices"], [])

    def test_are_kept_by_administrators(self):
        name = self.join()
        tokens = self.sign_in(name)
        key = tokens["NewDeviceMetadata"]["DeviceKey"]
        idp.confirm_device(AccessToken=tokens["AccessToken"], DeviceKey=key)
        which = dict(UserPoolId=self.pool, Username=name, DeviceKey=key)
        idp.admin_update_device_status(**which, DeviceRememberedStatus="remembered")
        shown = {a["Name"]: a["Value"] for a in idp.admin_get_device(**which)["Device"]["DeviceAttributes"]}
        self.assertEqual(shown["dev:device_remembered_status"], "remembered")
        self.assertEqual(len(idp.admin_list_devices(UserPoolId=self.pool, Username=name)["Devices"]), 1)
        self.refused("NotAuthorizedException", "Invalid Refresh Token", idp.initiate_auth, ClientId=self.client,
                     AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]})
        idp.admin_forget_device(**which)
        self.refused("ResourceNotFoundException", "Device does not exist.", idp.admin_get_device, **which)


class FederationSettings(Story):
    def test_providers_come_back_as_they_were_set(self):
        given = {"client_id": "one", "client_secret": "hush", "authorize_scopes": "email profile openid"}
        idp.create_identity_provider(
            UserPoolId=self.pool, ProviderName="Google", ProviderType="Google", ProviderDetails=given, IdpIdentifiers=["google.example.com"]
        )
        told = idp.describe_identity_provider(UserPoolId=self.pool, ProviderName="Google")["IdentityProvider"]
        self.assertEqual({**told["ProviderDetails"], **given}, told["ProviderDetails"])
        self.assertEqual(told["ProviderDetails"]["oidc_issuer"], "https://accounts.google.com")
        self.assertEqual(told["AttributeMapping"], {"username": "sub"})
        # What Describe tells can be sent back.
        idp.update_identity_provider(
            UserPoolId=self.pool, ProviderName="Google", ProviderDetails=told["ProviderDetails"], AttributeMapping=told["AttributeMapping"]
        )
        again = idp.get_identity_provider_by_identifier(UserPoolId=self.pool, IdpIdentifier="google.example.com")["IdentityProvider"]
        self.assertEqual(again["ProviderDetails"], told["ProviderDetails"])
        with self.assertRaises(idp.exceptions.DuplicateProviderException):
            idp.create_identity_provider(UserPoolId=self.pool, ProviderName="Google", ProviderType="Google", ProviderDetails=given)
        names = [p["ProviderName"] for page in idp.get_paginator("list_identity_providers").paginate(UserPoolId=self.pool) for p in page["Providers"]]
        self.assertEqual(names, ["Google"])

        name = self.join()
        source = {"ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": name}
        idp.admin_link_provider_for_user(
            UserPoolId=self.pool, DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": name}, SourceUser=source
        )
        self.assertEqual(idp.admin_get_user(UserPoolId=self.pool, Username=f"Google_{name}")["Username"], name)
        idp.admin_disable_provider_for_user(UserPoolId=self.pool, User=source)
        idp.delete_identity_provider(UserPoolId=self.pool, ProviderName="Google")

    def test_resource_servers_are_listed_in_pages(self):
        for n in range(3):
            idp.create_resource_server(UserPoolId=self.pool, Identifier=f"server-{n}", Name="Server")
        pages = idp.get_paginator("list_resource_servers").paginate(UserPoolId=self.pool, PaginationConfig={"PageSize": 2})
        self.assertEqual([[s["Identifier"] for s in page["ResourceServers"]] for page in pages], [["server-0", "server-1"], ["server-2"]])


class Pools(Story):
    def test_keep_their_tags(self):
        arn = idp.describe_user_pool(UserPoolId=self.pool)["UserPool"]["Arn"]
        self.assertEqual(idp.list_tags_for_resource(ResourceArn=arn)["Tags"], {"by": "boto3"})


if __name__ == "__main__":
    unittest.main()
