import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.securitytoken.AWSSecurityTokenService;
import com.amazonaws.services.securitytoken.AWSSecurityTokenServiceClientBuilder;
import com.amazonaws.services.securitytoken.model.GetCallerIdentityRequest;
import java.io.BufferedReader;
import java.io.InputStreamReader;

/** Asks who it is for each line that it reads, as a program that runs for long. */
public final class Client {
    public static void main(String[] arguments) throws Exception {
        // This SDK knows no variable for the endpoint.
        EndpointConfiguration endpoint =
            new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL"), System.getenv("AWS_REGION"));
        AWSSecurityTokenService client =
            AWSSecurityTokenServiceClientBuilder.standard().withEndpointConfiguration(endpoint).build();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        boolean failed = false;
        while (lines.readLine() != null) {
            try {
                System.out.println(client.getCallerIdentity(new GetCallerIdentityRequest()).getArn());
                failed = false;
            } catch (RuntimeException error) {
                System.err.println(error.getMessage());
                System.out.println("refused");
                failed = true;
            }
        }
        System.exit(failed ? 1 : 0);
    }
}
