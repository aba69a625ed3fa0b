// A template for Kotlin DSL settings: every build configuration that uses it has the six steps and their report.
import jetbrains.buildServer.configs.kotlin.Template
import jetbrains.buildServer.configs.kotlin.buildFeatures.xmlReport
import jetbrains.buildServer.configs.kotlin.buildFeatures.XmlReport
import jetbrains.buildServer.configs.kotlin.buildSteps.script

object PavedRoad : Template({
    name = "Paved road for a container image"
    artifactRules = "lading-reports => lading-reports"
    params {
        text("env.LADING_URL", "https://registry.example.com")
        text("env.LADING_IMAGE", "", label = "Repository of the image")
        text("env.LADING_ENV", "test")
        password("env.LADING_TOKEN", "credentialsJSON:lading-token")
    }
    steps {
        for (step in listOf("check", "build", "push", "wait", "sign", "gate")) {
            script {
                name = step
                scriptContent = "paved-road/lading-ci $step"
            }
        }
    }
    features {
        xmlReport {
            reportType = XmlReport.XmlReportType.JUNIT
            rules = "lading-reports/*.xml"
        }
    }
})
