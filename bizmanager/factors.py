"""Which forms of ours stand in for the library's where second factors are set up and shown."""

MFA_FORMS = {
    "authenticate": "users.factor_forms.CodeForm",
    "reauthenticate": "users.factor_forms.CodeAgainForm",
    "authenticate_webauthn": "users.factor_forms.UsePasskeyForm",
    "reauthenticate_webauthn": "users.factor_forms.UsePasskeyAgainForm",
    "activate_totp": "users.factor_forms.AppForm",
    "add_webauthn": "users.factor_forms.PasskeyForm",
    "edit_webauthn": "users.factor_forms.PasskeyNameForm",
}
